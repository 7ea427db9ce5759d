# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""What a run is computed on: said, refused with what is missing, or replaced where that is allowed. No card is needed."""

from __future__ import annotations

import re
from pathlib import Path

import gbid_cli as cli
import pytest

BAD_DATA = 65
SCENARIO = """
trials = {trials}
steps = 20
{more}
[market]
structure = "{structure}"
{market}
[regimes.play]
schedule = "all_agents"
"""


def scenario(tmp_path: Path, more: str = "", trials: int = 2, structure: str = "bid_matrix", market: str = "") -> Path:
    file = tmp_path / "s.toml"
    text = SCENARIO.format(trials=trials, more=more, structure=structure, market=market)
    file.write_text(text if structure != "bid_matrix" else text.replace("[regimes", "payoff = { utility = 1.0 }\n[regimes"))
    return file


def devices(tmp_path: Path) -> list[str]:
    done = cli.gbid("list", "devices", cwd=tmp_path)
    assert done.returncode == 0
    return re.findall(r"^\s*(cpu|cuda:\d+)\b", done.stdout, re.MULTILINE)


def test_devices_are_listed_and_their_lack_has_a_reason(tmp_path: Path) -> None:
    found = devices(tmp_path)
    assert found[0] == "cpu"
    stdout = cli.gbid("list", "devices", cwd=tmp_path).stdout
    assert (len(found) == 1) == ("No cuda: " in stdout)


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:-1", "CPU"])
def test_a_device_that_is_none_is_refused_with_its_place(tmp_path: Path, device: str) -> None:
    file = scenario(tmp_path, f'device = "{device}"')
    done = cli.gbid("run", file, cwd=tmp_path)
    assert done.returncode == BAD_DATA
    assert f's.toml:4:10: device: expected cpu, cuda, cuda:K or auto, got "{device}"' in done.stderr
    done = cli.gbid("run", scenario(tmp_path), "--device", device, cwd=tmp_path)
    assert done.returncode == BAD_DATA
    assert "expected cpu, cuda, cuda:K or auto" in done.stderr
    assert not list(tmp_path.glob("*.h5*"))


@pytest.mark.parametrize(
    ("market", "missing"),
    [
        ("agents = 65", "a card does not play markets of more than 64 agents so far"),
        ('graph = { kind = "ring", neighbours = 4 }', "a card does not play graphs that are not complete so far"),
    ],
)
def test_what_a_card_cannot_play_is_refused_or_falls_back(tmp_path: Path, market: str, missing: str) -> None:
    file = scenario(tmp_path, market=market)
    for command in ("run", "check"):
        done = cli.gbid(command, file, "--set", 'device="cuda"', cwd=tmp_path)
        assert done.returncode == BAD_DATA
        assert "regimes.play: " + missing in done.stderr
        assert not list(tmp_path.glob("*.h5*"))
    done = cli.gbid("run", file, "--device", "cuda", "--set", "device_fallback=true", cwd=tmp_path)
    assert done.returncode == 0
    assert missing in done.stderr
    assert (tmp_path / "s.h5").exists()


def test_other_structures_are_refused_on_a_card(tmp_path: Path) -> None:
    done = cli.gbid("run", scenario(tmp_path, structure="cournot"), "--device", "cuda", cwd=tmp_path)
    assert done.returncode == BAD_DATA
    assert "a card does not play markets of this structure so far" in done.stderr


def test_without_a_card_its_lack_is_named_and_auto_takes_the_cpu(tmp_path: Path) -> None:
    if len(devices(tmp_path)) > 1:
        pytest.skip("there is a card here")
    file = scenario(tmp_path, trials=40)
    done = cli.gbid("run", file, "--device", "cuda", cwd=tmp_path)
    assert done.returncode == BAD_DATA
    assert re.search(r"without CUDA|no card", done.stderr)
    assert cli.gbid("run", file, "--device", "auto", "-o", "auto.h5", cwd=tmp_path).returncode == 0
    assert cli.gbid("run", file, "-o", "cpu.h5", cwd=tmp_path).returncode == 0
    same = cli.gbid("compare", "auto.h5", "cpu.h5", "--json", cwd=tmp_path)
    assert same.returncode == 0


def test_a_sweep_on_a_card_is_refused(tmp_path: Path) -> None:
    file = scenario(tmp_path, 'device = "cuda"')
    done = cli.gbid("sweep", file, "--over", "seed=1,2", cwd=tmp_path)
    assert done.returncode != 0
    assert "a sweep is played on the CPU so far" in done.stderr
    done = cli.gbid("sweep", file, "--over", "seed=1,2", "--set", "device_fallback=true", cwd=tmp_path)
    assert done.returncode == 0
