# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""A run that is interrupted at any moment, however often, ends in the file that it would have ended in.

Moments are calls of the system that change something on the disk: the k-th of them kills the process, in the middle if
it is a write. GBID_KILLS=100 kills every scenario here so often (the default is a few).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

import gbid_cli as cli
import pytest

KILLS = int(os.environ.get("GBID_KILLS", "4"))
RESUMES_A_RUN = 5
ALWAYS = "record.checkpoint='1ms'"  # at every chance

IMAGES = ["market.data={kind='synthetic',train=100,held_out=20}", "market.batch=10"]
STRUCTURES = {
    "bid_matrix": [],
    "mixture_of_experts": IMAGES,
    "layered_flow": IMAGES,
    "selfish_routing": [],
    "auction": [],
    "linear_quadratic": [],
    "cournot": [],
}
TWO_REGIMES = "regimes={a={objective='own_payoff',schedule='one_random'},b={objective='mean_payoff'}}"
# Of the bid matrix: every way to move, learn and end.
VARIANTS = {
    "settled": ["learning.until='settled'", "record.every=2", "steps=4000"],
    "perceptrons": ["agents.network={kind='mlp',hidden=[5],observe=['constant','prices','own_payoff']}", "learning.learner.rate=0.01"],
    "extragradient": ["learning.learner='extragradient'", "regimes.coordinated.schedule={kind='random_subset',size=2}"],
    "momentum": ["learning.learner='momentum'", "regimes.competitive.schedule='round_robin'"],
    "groups": ["regimes.competitive.groups={hawks={agents=[1,3],objective='group_payoff',learner='sgd'}}"],
    "stages": ["regimes.competitive.stages={fine={steps=300,learner={kind='sgd',rate=0.01}}}"],
    "refined": ["regimes.competitive.refine='better_responses'", "certify=true", "steps=600"],
    "equal updates": ["learning.budget='updates_per_agent'", "steps=400"],
    "failing": ["learning.learner={kind='sgd',rate=1e308}", "market.payoff.utility=1e10"],
}


class Cut:
    """A scenario that is played whole once, and again and again with interruptions."""

    def __init__(self, folder: Path, name: str, options: list[str], seed: int) -> None:
        self.folder, self.name, self.options = folder, name, [*options, *cli.sets(ALWAYS)]
        self.random = random.Random(seed)
        self.kills = 0
        whole = cli.gbid("run", name, *self.options, "-o", "whole.h5", "--quiet", cwd=folder)
        assert whole.returncode in (cli.OK, cli.SOME_FAILED), whole.stderr
        self.code = whole.returncode
        self.calls = count_calls(folder, ["run", name, *self.options, "-o", "counted.h5", "--quiet"])

    def play(self) -> None:
        """One run, killed and resumed up to five times, then resumed to its end and compared."""
        out = self.folder / "cut.h5"
        first = ["run", self.name, *self.options, "-o", "cut.h5", "--quiet", "--threads", str(self.random.choice([1, 2]))]
        self.kill(first)
        for _ in range(self.random.randrange(RESUMES_A_RUN)):
            if out.exists() and not journal_of(out).exists():
                break
            self.kill(self.going_on())
        if not out.exists() or journal_of(out).exists():
            done = cli.gbid(*self.going_on(), cwd=self.folder)
            assert done.returncode == self.code, done.stderr
        assert cli.differences(out, self.folder / "whole.h5") == []
        # Killed right behind its publication, a run leaves checkpoints that count no more.
        left = [p.name for p in self.folder.glob("cut.h5.*") if ".tmp." not in p.name]
        assert left in ([], ["cut.h5.checkpoint"])
        for path in self.folder.glob("cut.h5*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def going_on(self) -> list[str]:
        if journal_of(self.folder / "cut.h5").exists() and self.random.random() < 0.5:
            begun = journal_of(self.folder / "cut.h5").stat().st_size > 0
            if begun and not is_failed_start(self.folder / "cut.h5.journal"):
                return ["resume", "cut.h5", "--quiet"]
        return ["run", self.name, "--resume", *self.options, "-o", "cut.h5", "--quiet"]

    def kill(self, command: list[str]) -> None:
        at = self.random.randrange(1, self.calls + 1)
        done = cli.gbid(*command, cwd=self.folder, env=cli.faulty(self.folder, GBID_KILL_AT=str(at)))
        if done.returncode == -signal.SIGKILL:
            self.kills += 1
        else:  # what was left took fewer calls
            assert done.returncode == self.code, done.stderr


def journal_of(out: Path) -> Path:
    return out.with_name(out.name + ".journal")


def is_failed_start(journal: Path) -> bool:
    """A header is 112 bytes, then layout and scenario, whose lengths stand in it."""
    head = journal.read_bytes()[:112]
    if len(head) < 112:
        return True
    lengths = int.from_bytes(head[16:24], "little") + int.from_bytes(head[24:32], "little")
    return journal.stat().st_size < 112 + lengths


def count_calls(folder: Path, command: list[str]) -> int:
    trace = folder / "trace"
    done = cli.gbid(*command, cwd=folder, env=cli.faulty(folder, GBID_TRACE=str(trace)))
    assert done.returncode in (cli.OK, cli.SOME_FAILED), done.stderr
    calls = len(cli.calls_of(trace))
    trace.unlink()
    assert calls > 10, "the library counted nothing"
    return calls


def kill_often(cut: Cut) -> None:
    while cut.kills < KILLS:
        cut.play()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_structure_ends_in_the_same_file_after_kills(tmp_path: Path, structure: str) -> None:
    cli.assert_done(cli.gbid("init", structure, "-o", "s.toml", cwd=tmp_path))
    small = cli.sets("trials=2", "steps=1200", "record.every=7", *STRUCTURES[structure])
    if STRUCTURES[structure]:
        small += cli.sets("steps=30", "record.every=3")
    kill_often(Cut(tmp_path, "s.toml", small, seed=1))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_way_to_learn_and_to_end_resumes(tmp_path: Path, variant: str) -> None:
    cli.write_tiny(tmp_path)
    kill_often(Cut(tmp_path, "tiny.toml", cli.sets("steps=2000", *VARIANTS[variant]), seed=2))


def test_double_precision_of_a_market_of_networks_resumes(tmp_path: Path) -> None:
    cli.assert_done(cli.gbid("init", "mixture_of_experts", "-o", "s.toml", cwd=tmp_path))
    small = cli.sets("trials=2", "steps=30", "record.every=3", "market.precision='float64'", *IMAGES)
    kill_often(Cut(tmp_path, "s.toml", small, seed=3))


# --- At a signal, and after a time -------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cli.write_tiny(tmp_path)
    return tmp_path


LONG = cli.sets("steps=1000000", "record.every=1000")  # longer than it takes to stop it


def start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [cli.program(), *map(str, arguments)], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    journal = folder / "cut.h5.journal"
    cli.wait_until(lambda: journal.exists() and journal.stat().st_size > 20_000, process)
    return process


def test_a_signal_leaves_a_checkpoint_and_the_run_goes_on_from_there(folder: Path) -> None:
    cli.assert_done(cli.gbid("run", "tiny.toml", *LONG, "-o", "whole.h5", "--quiet", cwd=folder))
    process = start(folder, "run", "tiny.toml", *LONG, "-o", "cut.h5", "--quiet", "--threads", 1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=cli.LIMIT_S)
    assert process.returncode == cli.STOPPED and "gbid resume cut.h5" in said
    assert cli.leftovers(folder) == ["cut.h5", "cut.h5.checkpoint", "cut.h5.journal", "whole.h5"]
    assert cli.status(folder / "cut.h5") == "partial"
    again = cli.gbid("resume", "cut.h5", "--quiet", "--threads", 2, cwd=folder)
    cli.assert_done(again)
    assert cli.leftovers(folder) == ["cut.h5", "whole.h5"]
    assert cli.differences(folder / "cut.h5", folder / "whole.h5") == []


def test_a_run_stops_in_order_after_its_time_and_goes_on(folder: Path) -> None:
    endless = cli.sets("steps=100000000", "record.every=100000")
    before = 0
    for command in (["run", "tiny.toml", *endless, "-o", "cut.h5"], ["resume", "cut.h5"], ["run", "tiny.toml", *endless, "-o", "cut.h5", "--resume"]):
        done = cli.gbid(*command, "--max-time", "300ms", "--quiet", cwd=folder)
        assert done.returncode == cli.STOPPED, done.stderr
        now = sum(cli.values(folder / "cut.h5", f"{regime}/steps_done").sum() for regime in ("coordinated", "competitive"))
        assert now > before, "it began anew"
        before = now
    for text in ("soon", "-3s", "5", "0s"):
        cli.assert_refused(cli.gbid("resume", "cut.h5", f"--max-time={text}", cwd=folder), cli.USAGE, "--max-time", "3h50m")


def test_a_checkpoint_is_refused_to_another_scenario_and_the_difference_is_shown(folder: Path) -> None:
    process = start(folder, "run", "tiny.toml", *LONG, "-o", "cut.h5", "--quiet")
    process.kill()
    process.communicate()
    journal = (folder / "cut.h5.journal").read_bytes()
    other = cli.gbid("run", "tiny.toml", *LONG, *cli.sets("market.agents=5"), "-o", "cut.h5", "--resume", cwd=folder)
    cli.assert_refused(other, cli.USAGE, "market.agents: 4 before, 5 now", lines=2)
    assert (folder / "cut.h5.journal").read_bytes() == journal
    # How often checkpoints are written changes no number.
    same = cli.gbid("run", "tiny.toml", *LONG, *cli.sets(ALWAYS), "-o", "cut.h5", "--resume", "--quiet", cwd=folder)
    cli.assert_done(same)


def test_files_that_a_scenario_names_must_be_the_same(folder: Path) -> None:
    (folder / "bids.csv").write_text("1,2,3,4\n" * 4)
    own = cli.sets("agents.initial_bids={file='bids.csv'}")
    process = start(folder, "run", "tiny.toml", *LONG, *own, "-o", "cut.h5", "--quiet")
    process.kill()
    process.communicate()
    (folder / "bids.csv").write_text("1,2,3,5\n" * 4)
    cli.assert_refused(cli.gbid("resume", "cut.h5", cwd=folder), cli.USAGE, "bids.csv", "another content", lines=2)
    (folder / "bids.csv").write_text("1,2,3,4\n" * 4)
    cli.assert_done(cli.gbid("resume", "cut.h5", "--quiet", cwd=folder))


def test_a_newer_format_is_refused(folder: Path) -> None:
    process = start(folder, "run", "tiny.toml", *LONG, "-o", "cut.h5", "--quiet")
    process.kill()
    process.communicate()
    journal = folder / "cut.h5.journal"
    data = bytearray(journal.read_bytes())
    data[8] += 1
    data[108:112] = crc32c(bytes(data[:108])).to_bytes(4, "little")
    journal.write_bytes(data)
    for command in (["resume", "cut.h5"], ["recover", "cut.h5"]):
        cli.assert_refused(cli.gbid(*command, cwd=folder), cli.BAD_DATA, "journal format", "newer")
    assert journal.read_bytes() == data


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_an_unfinished_run_is_given_up_only_when_that_is_said(folder: Path) -> None:
    process = start(folder, "run", "tiny.toml", *LONG, "-o", "cut.h5", "--quiet")
    busy = cli.gbid("run", "tiny.toml", "-o", "cut.h5", "--force", "--discard", cwd=folder)
    cli.assert_refused(busy, cli.CANNOT_CREATE, "another run is writing it")
    process.kill()
    process.communicate()
    journal = (folder / "cut.h5.journal").read_bytes()
    for flags in ([], ["--force"]):
        again = cli.gbid("run", "tiny.toml", "-o", "cut.h5", *flags, cwd=folder)
        cli.assert_refused(again, cli.CANNOT_CREATE, "unfinished run", "gbid resume cut.h5", "gbid recover cut.h5", "--discard")
        assert (folder / "cut.h5.journal").read_bytes() == journal
    cli.assert_done(cli.gbid("run", "tiny.toml", "-o", "cut.h5", "--discard", "--quiet", cwd=folder))
    assert cli.leftovers(folder) == ["cut.h5"]


@pytest.mark.parametrize("content", [b"", b"GBIDJRNL", bytes(4096)], ids=["empty", "torn", "zeros"])
def test_a_journal_of_a_failed_start_blocks_no_run(folder: Path, content: bytes) -> None:
    for arguments in ([], ["--resume"]):
        (folder / "cut.h5.journal").write_bytes(content)
        cli.assert_done(cli.gbid("run", "tiny.toml", "-o", "cut.h5", *arguments, "--quiet", cwd=folder))
        assert cli.leftovers(folder) == ["cut.h5"]
        (folder / "cut.h5").unlink()


def test_a_file_of_another_run_is_not_replaced_by_one_that_goes_on(folder: Path) -> None:
    process = start(folder, "run", "tiny.toml", *LONG, "-o", "cut.h5", "--quiet")
    process.kill()
    process.communicate()
    cli.assert_done(cli.gbid("run", "tiny.toml", "-o", "other.h5", "--quiet", cwd=folder))
    (folder / "other.h5").rename(folder / "cut.h5")
    cli.assert_refused(cli.gbid("resume", "cut.h5", cwd=folder), cli.CANNOT_CREATE, "cut.h5: exists already")
    cli.assert_done(cli.gbid("resume", "cut.h5", "--force", "--quiet", cwd=folder))


def test_nothing_to_resume_is_said(folder: Path) -> None:
    cli.assert_refused(cli.gbid("resume", "cut.h5", cwd=folder), cli.MISSING, "nothing to resume", "cut.h5.journal")


# --- Sweeps -----------------------------------------------------------------------------------------------------------

PLAIN = {**os.environ, "SOURCE_DATE_EPOCH": "0"}  # leaves out measured times


def test_simulations_under_way_in_a_sweep_go_on_where_they_were(folder: Path) -> None:
    work = ["tiny.toml", "--over", "market.agents=4,5", *cli.sets("steps=4000000", "record.every=10000", "trials=1"), "--quiet"]
    cli.assert_done(cli.gbid("sweep", *work, "-o", "whole.h5", cwd=folder, env=PLAIN))
    stops = 0
    while True:
        done = cli.gbid("sweep", *work, "-o", "cut.h5", "--resume", "--threads", 2, "--max-time", "150ms", cwd=folder, env=PLAIN)
        if done.returncode == cli.OK:
            break
        assert done.returncode == cli.STOPPED, done.stderr
        stops += 1
        assert stops < 1000, "it begins anew every time"
    assert stops >= 2
    assert cli.leftovers(folder) == ["cut.h5", "whole.h5"]
    assert cli.differences(folder / "cut.h5", folder / "whole.h5") == []


def test_a_sweep_killed_at_any_call_goes_on(folder: Path) -> None:
    work = ["sweep", "tiny.toml", "--over", "market.agents=4,5", *cli.sets("steps=3000", "record.every=50", ALWAYS), "--quiet", "--threads", "1"]
    cli.assert_done(cli.gbid(*work, "-o", "whole.h5", cwd=folder, env=PLAIN))
    calls = count_calls(folder, [*work, "-o", "counted.h5"])
    moments = random.Random(4)
    kills = 0
    while kills < KILLS:
        at = str(moments.randrange(1, calls + 1))
        env = cli.faulty(folder, GBID_KILL_AT=at, SOURCE_DATE_EPOCH="0")
        done = cli.gbid(*work, "-o", "cut.h5", "--resume", cwd=folder, env=env)
        kills += done.returncode == -signal.SIGKILL
        assert done.returncode in (cli.OK, -signal.SIGKILL), done.stderr
        if moments.random() < 0.3:
            if not (folder / "cut.h5").exists():  # a whole file is not replaced, though its folder may be left
                cli.assert_done(cli.gbid(*work, "-o", "cut.h5", "--resume", cwd=folder, env=PLAIN))
            assert cli.differences(folder / "cut.h5", folder / "whole.h5") == []
            (folder / "cut.h5").unlink()
            shutil.rmtree(folder / "cut.h5.sweep", ignore_errors=True)
        elif (folder / "cut.h5").exists():
            assert cli.differences(folder / "cut.h5", folder / "whole.h5") == []
            (folder / "cut.h5").unlink()
            shutil.rmtree(folder / "cut.h5.sweep", ignore_errors=True)


# --- A queue that ends jobs -------------------------------------------------------------------------------------------


def test_the_slurm_example_requeues_itself_until_the_run_is_complete(folder: Path) -> None:
    script = Path(__file__).resolve().parents[3] / "scenarios" / "play" / "run.sbatch"
    tools = folder / "tools"
    tools.mkdir()
    (tools / "scontrol").write_text("#!/bin/sh\necho \"$@\" >> requeued\n")
    (tools / "scontrol").chmod(0o755)
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "GBID": cli.program(), "SLURM_JOB_ID": "7", "MAX_TIME": "200ms"}
    long = cli.sets("steps=2000000", "record.every=10000")
    jobs = 0
    while not (folder / "cut.h5").exists() or cli.status(folder / "cut.h5") != "complete":
        done = subprocess.run(["bash", str(script), "tiny.toml", *long, "-o", "cut.h5"], cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == cli.OK, done.stderr
        jobs += 1
        assert jobs < 1000
    assert (folder / "requeued").read_text() == "requeue 7\n" * (jobs - 1)
    assert jobs > 1
    cli.assert_done(cli.gbid("run", "tiny.toml", *long, "-o", "whole.h5", "--quiet", cwd=folder))
    assert cli.differences(folder / "cut.h5", folder / "whole.h5") == []
    assert json.loads(cli.gbid("analyze", "cut.h5", "--json", cwd=folder).stdout)["version"] == 1
