# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Who may bid on whom: measures against networkx, the market against its formulas, files, and mistakes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import gbid_cli as cli
import h5py
import networkx as nx
import numpy as np
import pytest

AGENTS = 12
NO_DIVERGENCE = "market.payoff={utility=1.0,emission=1.0}"
RECORDED = 'record.final=["graph","adjacency","bids","raw_bids","mask"]'
# A ring makes sure that everyone is reachable; the rest is lopsided on purpose.
PAIRS = [(i, (i + 1) % AGENTS) for i in range(AGENTS)] + [(0, 5), (5, 0), (3, 7), (2, 9), (9, 4), (4, 2), (7, 1)]


def run(folder: Path, graph: str, *assignments: str, payoff: str = NO_DIVERGENCE) -> Path:
    """The tiny scenario on a graph, with all of its graph recorded; returns the run."""
    cli.write_tiny(folder)
    out = folder / "graph.h5"
    sets = cli.sets(f"market.agents={AGENTS}", f"market.graph={graph}", payoff, RECORDED, *assignments)
    cli.assert_done(cli.gbid("run", "tiny.toml", *sets, "--force", "--quiet", "-o", out, cwd=folder))
    return out


def read(path: Path, regime: str, trial: int) -> dict[str, np.ndarray]:
    with h5py.File(path, "r") as file:
        return {
            name: dataset[trial]
            for name, dataset in file[regime].items()
            if isinstance(dataset, h5py.Dataset) and dataset.ndim and dataset.shape[0] == file[regime]["bids"].shape[0]
        }


def links_of(adjacency: np.ndarray) -> np.ndarray:
    """Without the bids on oneself, which always exist."""
    assert np.all(np.diag(adjacency) == 1.0) and set(np.unique(adjacency)) <= {0.0, 1.0}
    return adjacency - np.eye(len(adjacency))


def write_graphml(path: Path, graph: nx.Graph) -> None:
    for number, (_, data) in enumerate(graph.nodes(data=True)):
        data["name"] = f"agent <{number}>"  # attributes are no concern of ours
    nx.write_graphml(graph, path)


KINDS = [
    "complete",
    "{kind='erdos_renyi',probability=0.25}",
    "{kind='erdos_renyi',probability=0.3,directed=false}",
    "{kind='erdos_renyi',probability=0.02}",
    "{kind='small_world',neighbours=4,rewire=0.3}",
    "{kind='scale_free',links=2}",
    "{kind='ring',neighbours=6}",
    "grid",
    "{kind='grid',columns=6,wrap=true}",
    "{kind='bipartite',bidders=5}",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_measure_is_that_of_networkx(tmp_path: Path, kind: str) -> None:
    out = run(tmp_path, kind)
    for trial in range(2):
        found = read(out, "competitive", trial)
        graph = nx.from_numpy_array(links_of(found["adjacency"]), create_using=nx.DiGraph)
        each = range(AGENTS)
        rank = nx.pagerank(graph, alpha=0.85, tol=1e-14, max_iter=1000)
        # All but PageRank are exact to rounding; networkx's iteration stops some 1e-13 from the end.
        close = {"rtol": 0.0, "atol": 1e-9}
        np.testing.assert_allclose(found["pagerank"], [rank[i] for i in each], **close)
        np.testing.assert_array_equal(found["out_degree"], [graph.out_degree(i) for i in each])
        np.testing.assert_array_equal(found["in_degree"], [graph.in_degree(i) for i in each])
        edges = graph.number_of_edges()
        np.testing.assert_allclose(found["mean_degree"], edges / AGENTS, **close)
        if edges:
            np.testing.assert_allclose(found["reciprocity"], nx.overall_reciprocity(graph), **close)
        else:
            assert np.isnan(found["reciprocity"])
        np.testing.assert_allclose(found["clustering"], nx.average_clustering(graph.to_undirected()), **close)
        assert found["components"] == nx.number_strongly_connected_components(graph)


def test_the_regimes_of_a_trial_share_its_graph_and_the_trials_differ(tmp_path: Path) -> None:
    out = run(tmp_path, "{kind='small_world',rewire=0.5}")
    graphs = [[read(out, regime, trial)["adjacency"] for regime in ("competitive", "coordinated")] for trial in (0, 1)]
    for competitive, coordinated in graphs:
        np.testing.assert_array_equal(competitive, coordinated)
    assert not np.array_equal(graphs[0][0], graphs[1][0])
    other = read(run(tmp_path, "{kind='small_world',rewire=0.5}", "seed=6"), "competitive", 0)
    assert not np.array_equal(graphs[0][0], other["adjacency"])


@pytest.mark.parametrize("squash", ["sigmoid", "clip", "softmax"])
def test_bids_are_on_edges_and_the_others_never_move(tmp_path: Path, squash: str) -> None:
    bids = f"market.bids.squash={squash}"
    start = run(tmp_path, "{kind='erdos_renyi',probability=0.4}", bids, "steps=0")
    before = [read(start, "coordinated", trial) for trial in (0, 1)]
    out = run(tmp_path, "{kind='erdos_renyi',probability=0.4}", bids, "steps=50")
    for trial in (0, 1):
        found = read(out, "coordinated", trial)
        exists = found["adjacency"] == 1.0
        assert np.all(found["bids"][~exists] == 0.0) and np.all(found["mask"][~exists] == 0.0)
        np.testing.assert_allclose(found["bids"].sum(axis=1), 1.0, rtol=1e-14)
        still = found["raw_bids"] == before[trial]["raw_bids"]
        assert np.all(still[~exists])
        assert not np.all(still[exists])
        # relu over the mean of j's own row, which has one over its number of bids.
        expected = np.maximum(found["bids"] - 1.0 / exists.sum(axis=1)[None, :], 0.0) * exists
        np.testing.assert_allclose(found["mask"], expected, rtol=0.0, atol=1e-15)


def test_the_price_is_the_mean_over_those_who_may_bid(tmp_path: Path) -> None:
    out = run(tmp_path, "{kind='bipartite',bidders=5}", 'record.trajectory=["price"]')
    found = read(out, "competitive", 0)
    expected = found["bids"].sum(axis=0) / found["adjacency"].sum(axis=0)
    # Carried sums gather a rounding a step.
    np.testing.assert_allclose(found["price"][-1], expected, rtol=1e-13)
    # Who may bid on nobody else keeps its bid: a number times its rounded reciprocal.
    np.testing.assert_allclose(found["bids"][5:], np.eye(AGENTS)[5:], rtol=0.0, atol=3e-16)


def test_the_graph_is_recorded_by_default_unless_it_is_complete(tmp_path: Path) -> None:
    cli.write_tiny(tmp_path, replace={'final      = ["bids", "raw_bids"]\n': ""})
    for graph, is_there in (("complete", False), ("ring", True)):
        done = cli.gbid("run", "tiny.toml", *cli.sets(f"market.graph={graph}"), "-o", f"{graph}.h5", cwd=tmp_path)
        cli.assert_done(done)
        with h5py.File(tmp_path / f"{graph}.h5") as file:
            assert ("pagerank" in file["competitive"]) == is_there
            assert "adjacency" not in file["competitive"] and "bids" in file["competitive"]


def test_links_of_probability_one_are_the_complete_graph_bit_for_bit(tmp_path: Path) -> None:
    for graph in ("complete", "{kind='erdos_renyi',probability=1.0}"):
        out = run(tmp_path, graph, payoff="market.payoff={utility=1.0,emission=1.0,divergence=-0.5}")
        out.rename(tmp_path / f"{'complete' if graph == 'complete' else 'links'}.h5")
    differ = cli.differences(tmp_path / "complete.h5", tmp_path / "links.h5")
    assert {name.split("@")[-1].split("/")[-1] for name in differ} <= {"scenario_toml", "scenario_sha256"}, differ


def test_a_graph_is_the_same_from_all_kinds_of_file(tmp_path: Path) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(AGENTS))
    graph.add_edges_from(PAIRS)
    matrix = nx.to_numpy_array(graph)
    write_graphml(tmp_path / "g.graphml", graph)
    (tmp_path / "g.edges").write_text("# who, on whom\n\n" + "".join(f"{i}, {j}  # one\r\n" for i, j in PAIRS))
    np.savetxt(tmp_path / "g.csv", 0.5 * matrix, delimiter=",")
    np.save(tmp_path / "g.npy", matrix)
    (tmp_path / "odd.name").write_text("".join(f"{i}\t{j}\n" for i, j in PAIRS))
    files = ["{file='g.graphml'}", "{file='g.edges'}", "{file='g.csv'}", "{kind='file',file='g.npy'}"]
    for file in [*files, "{file='odd.name',format='edge_list'}"]:
        for trial in (0, 1):
            found = read(run(tmp_path, file), "competitive", trial)
            np.testing.assert_array_equal(links_of(found["adjacency"]), matrix, err_msg=file)


def test_undirected_graphml_means_both_directions(tmp_path: Path) -> None:
    graph = nx.circular_ladder_graph(AGENTS // 2)
    write_graphml(tmp_path / "u.graphml", graph)
    found = read(run(tmp_path, "{file='u.graphml'}"), "coordinated", 0)
    np.testing.assert_array_equal(links_of(found["adjacency"]), nx.to_numpy_array(graph))
    assert found["reciprocity"] == 1.0


# --- Mistakes ---------------------------------------------------------------------------------------------------------


def refused(folder: Path, *assignments: str, code: int = cli.BAD_DATA) -> str:
    cli.write_tiny(folder)
    done = cli.gbid("run", "tiny.toml", *cli.sets(*assignments), "-o", "out.h5", cwd=folder)
    cli.assert_refused(done, code)
    assert not any(name.startswith("out") for name in cli.leftovers(folder))
    return done.stderr


@pytest.mark.parametrize(
    ("graph", "fragments"),
    [
        ("smal_world", ["market.graph", 'did you mean "small_world"?']),
        ("{kind='rings'}", ["market.graph.kind", 'did you mean "ring"?']),
        ("{kind='ring',neighbors=2}", ["market.graph.neighbors", 'did you mean "neighbours"?']),
        ("{kind='ring',neighbours=3}", ["market.graph.neighbours", "an even number, got 3"]),
        ("{kind='ring',neighbours=4}", ["market.graph.neighbours", "fewer than the 4 agents, got 4"]),
        ("{kind='small_world',neighbours=6}", ["market.graph.neighbours", "fewer than the 4 agents, got 6"]),
        ("{kind='small_world',neighbours=2,rewire=1.5}", ["market.graph.rewire", "<= 1", "1.5"]),
        ("{kind='erdos_renyi',probability=0}", ["market.graph.probability", "> 0"]),
        ("{kind='scale_free',links=4}", ["market.graph.links", "fewer than the 4 agents, got 4"]),
        ("{kind='grid',columns=3}", ["market.graph.columns", "a divisor of the 4 agents, got 3"]),
        ("{kind='bipartite',bidders=4}", ["market.graph.bidders", "fewer than the 4 agents, got 4"]),
        ("{kind='bipartite',bidders=0}", ["market.graph.bidders", ">= 1", "got 0"]),
        ("{kind='file'}", ["market.graph.file", "missing"]),
        ("{file='x.csv',format='dot'}", ["market.graph.format", "graphml"]),
    ],
)
def test_a_wrong_key_is_named_with_what_was_expected(tmp_path: Path, graph: str, fragments: list[str]) -> None:
    said = refused(tmp_path, f"market.graph={graph}")
    for fragment in fragments:
        assert fragment in said, said


@pytest.mark.parametrize(
    ("name", "text", "fragments"),
    [
        ("g.edges", "0 1\n1 2 3\n", ["g.edges:2", "expected a weight with every link or with none"]),
        ("g.edges", "0 1\n\n# x\n1 two\n", ["g.edges:4", '"1 two"']),
        ("g.edges", "0 1\n1 4\n", ["g.edges:2", "from 0 to 3, got 4"]),
        ("g.edges", "-1 2\n", ["g.edges:1", "from 0 to 3, got -1"]),
        ("g.edges", "0\n", ["g.edges:1", '"0"']),
        ("g.edges", "0 99999999999999999999\n", ["g.edges:1", "999"]),
        ("g.edges", "0 1\n" * 17, ["g.edges:17", "more links than 4 agents"]),
        ("g.csv", "0,1\n1,0\n", ["g.csv", "(4, 4)", "(2, 2)"]),
        ("g.csv", "0,1,x,1\n", ["g.csv:1:5", '"x"']),
        ("g.dat", "0 1\n", ["g.dat", ".graphml", "format"]),
        ("g.graphml", "", ["g.graphml", "GraphML"]),
        ("g.graphml", "<graphml>\n<graph>\n</graphml", ["g.graphml:3"]),
        ("g.graphml", "<graphml>\n<graph edgedefault='directed'><node/></graph></graphml>", ["g.graphml", "GraphML"]),
        ("g.graphml", "<other/>", ["g.graphml", "GraphML"]),
        ("g.graphml", "<!DOCTYPE x [<!ENTITY a 'b'>]><graphml/>", ["g.graphml:1", "document type"]),
        ("g.graphml", "</a>", ["g.graphml:1"]),
        ("g.graphml", "<a b=c></a>", ["g.graphml:1", "attribute"]),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, name: str, text: str, fragments: list[str]) -> None:
    (tmp_path / name).write_text(text)
    said = refused(tmp_path, f"market.graph={{file='{name}'}}")
    assert "market.graph.file" in said
    for fragment in fragments:
        assert fragment in said, said


# The XML parser goes a call deeper with every level: what looks like the end of an element must not hide one.
@pytest.mark.parametrize("level", ["<a>\n", '<a">\n<!-- </a> -->', "<a b='</a>'>\n<![CDATA[</a>]]>", "<a>\n<a/><? </a> ?>"])
def test_endless_levels_of_elements_are_refused(tmp_path: Path, level: str) -> None:
    (tmp_path / "deep.graphml").write_text(level * 100000)
    said = refused(tmp_path, "market.graph={file='deep.graphml'}")
    assert "deep.graphml:65: expected at most 64 levels" in said


def test_a_graphml_too_large_for_its_parser_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.graphml").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert "large.graphml: expected at most 16 MiB" in refused(tmp_path, "market.graph={file='large.graphml'}")


def test_a_graphml_of_another_size_or_of_both_kinds_is_refused(tmp_path: Path) -> None:
    write_graphml(tmp_path / "five.graphml", nx.complete_graph(5))
    assert "a node for each of 4 agents, got 5 nodes" in refused(tmp_path, "market.graph={file='five.graphml'}")
    nodes = "".join(f"<node id='n{i}'/>" for i in range(4))
    edges = "<edge source='n0' target='n1' directed='false'/><edge source='n1' target='n2'/>"
    text = f"<graphml><graph edgedefault='directed'>{nodes}{edges}</graph></graphml>"
    (tmp_path / "both.graphml").write_text(text)
    assert "all directed or all undirected" in refused(tmp_path, "market.graph={file='both.graphml'}")


@pytest.mark.parametrize("name", ["gone.graphml", "gone.edges", "gone.csv"])
def test_a_missing_graph_is_named_by_its_key(tmp_path: Path, name: str) -> None:
    said = refused(tmp_path, f"market.graph={{file='{name}'}}", code=cli.MISSING)
    assert "market.graph.file" in said and name in said and said.count("market.graph.file") == 1


def test_random_bytes_are_never_a_crash(tmp_path: Path) -> None:
    write_graphml(tmp_path / "good.graphml", nx.complete_graph(4))
    good = (tmp_path / "good.graphml").read_bytes()
    draw = np.random.default_rng(3)
    cli.write_tiny(tmp_path)
    for _ in range(60):
        bad = bytearray(good)
        for at in draw.integers(0, len(good), size=draw.integers(1, 6)):
            bad[at] = draw.integers(0, 256)
        (tmp_path / "bad.graphml").write_bytes(bad[: draw.integers(1, len(good) + 1)])
        done = cli.gbid("check", "tiny.toml", *cli.sets("market.graph={file='bad.graphml'}"), cwd=tmp_path)
        assert done.returncode in (cli.OK, cli.BAD_DATA), done.stderr
        if done.returncode:
            cli.assert_refused(done, cli.BAD_DATA, "bad.graphml" if "components" not in done.stderr else "components")


def test_a_divergence_of_bids_is_refused_where_not_all_exist(tmp_path: Path) -> None:
    source = "market.divergence.source=bids"
    said = refused(tmp_path, "market.graph=ring", source)
    assert "--set market.divergence.source=bids" in said and "12 of 16 bids exist" in said and "interranking" in said
    said = refused(tmp_path, "market.graph={kind='erdos_renyi',probability=0.5}", source)
    assert "trial 0" in said
    # All bids exist on this ring; and what is only recorded, or nothing, is no reason to refuse.
    cli.write_tiny(tmp_path)
    for others in (["market.agents=5", "market.graph={kind='ring',neighbours=4}"], ["market.graph=ring", NO_DIVERGENCE]):
        recorded = 'record.trajectory=["divergence"]'
        done = cli.gbid("run", "tiny.toml", "--force", *cli.sets(source, recorded, *others), cwd=tmp_path)
        cli.assert_done(done)
    with h5py.File(tmp_path / "tiny.h5") as file:
        assert not np.any(np.isfinite(file["competitive/divergence"][()]))


def test_a_divergence_of_the_interranking_needs_everyone_reachable(tmp_path: Path) -> None:
    said = refused(tmp_path, "market.agents=30", "trials=20", "market.graph={kind='erdos_renyi',probability=0.08}")
    assert "market.graph" in said and "strongly connected components in the graph of trial" in said
    assert "another seed" in said
    said = refused(tmp_path, "market.graph={kind='bipartite',bidders=1}")
    assert "got 4 strongly connected components" in said
    cli.write_tiny(tmp_path)
    sets = cli.sets("market.graph={kind='bipartite',bidders=1}", NO_DIVERGENCE)
    cli.assert_done(cli.gbid("run", "tiny.toml", *sets, cwd=tmp_path))


def test_a_graph_of_a_hundred_million_agents_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    done: subprocess.CompletedProcess[str]
    cli.write_tiny(tmp_path)
    for graph in ("small_world", "erdos_renyi", "grid", "{kind='scale_free',links=1000}"):
        done = cli.gbid("check", "tiny.toml", *cli.sets("market.agents=100000000", f"market.graph={graph}"), cwd=tmp_path)
        cli.assert_refused(done, cli.BAD_DATA, "of memory")
