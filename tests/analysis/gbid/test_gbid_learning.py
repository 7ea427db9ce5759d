# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Drawing markets of networks: what is drawn, odd shapes, and that networks stay on disk."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import gbid
import gbid.plot
import h5py
import matplotlib.image
import numpy as np
import pytest
from gbid import _members, _style
from gbid._header import draw_header
from learning_files import EVALUATED, STEPS, write_experts, write_flow
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from test_gbid_plot import misplaced, new_axes

EVALUATIONS = [STEPS.index(step) for step in EVALUATED]


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_networks_of_many_dimensions_load_and_stay_on_disk(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        dataset = run["competitive"]
        assert dataset.expert_weight_0.dims == ("trial", "seller", "pixel", "hidden_0")
        assert dataset.sizes["pixel"] == 16
        gbid.plot.overview(run)
        assert not dataset.expert_weight_0.variable._in_memory
        assert dataset.expert_weight_0.values.shape == (1, 3, 16, 5)


def test_held_out_accuracy_is_strong_and_joins_its_evaluations(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        ax = gbid.plot.learning_curves(run, "accuracy", new_axes())
        known = run["coordinated"].held_out_accuracy.values[0, EVALUATIONS]
        batch = run["coordinated"].accuracy.values[0]
    lines = {line.get_label(): line for line in ax.lines}
    for bidder in range(3):
        strong = lines[f"coordinated, bidder {bidder}"]
        assert list(strong.get_xdata()) == list(EVALUATED)
        np.testing.assert_array_equal(strong.get_ydata(), known[:, bidder])
        assert strong.get_marker() in "os^"
    assert len({lines[f"coordinated, bidder {b}"].get_color() for b in range(3)}) == 3
    assert len({lines[f"coordinated, bidder {b}"].get_marker() for b in range(3)}) == 3
    thin = [line for line in ax.lines if line.get_label().startswith("_")]
    assert len(thin) == 6
    np.testing.assert_array_equal(thin[3].get_ydata(), batch[:, 0])
    assert max(line.get_linewidth() for line in thin) < strong.get_linewidth() / 2
    assert ax.get_ylabel() == "Accuracy"
    assert "on held-out images; thin: on the training batch" in texts_of(ax)


def test_losses_have_a_logarithmic_axis_with_units_and_plain_numbers(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        ax = gbid.plot.learning_curves(run, "loss", new_axes())
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "Loss [nat]"
    ax.figure.canvas.draw()
    assert {"0.1", "1"} <= {tick.get_text() for tick in ax.get_yticklabels()}


def test_a_loss_that_touches_zero_keeps_a_linear_axis(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5")
    with h5py.File(path, "a") as raw:
        raw["competitive/loss"][0, -1, 0] = 0.0
    with gbid.load(path) as run:
        assert gbid.plot.learning_curves(run, "loss", new_axes()).get_yscale() == "linear"


def test_several_trials_have_a_median_and_a_band_for_each_bidder(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", regimes=1, trials=5, bidders=2)
    with gbid.load(path) as run:
        ax = gbid.plot.learning_curves(run, "held_out_loss", new_axes())
        losses = run["competitive"].held_out_loss.values[:, EVALUATIONS, 1]
    line = next(line for line in ax.lines if line.get_label() == "competitive, bidder 1")
    np.testing.assert_array_equal(line.get_ydata(), np.median(losses, axis=0))
    band = ax.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(np.quantile(losses, 0.95, axis=0).max(), rel=1e-12)
    assert np.isfinite(band).all()


def test_too_many_bidders_become_one_line_with_a_band(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", bidders=5)
    with gbid.load(path) as run:
        ax = gbid.plot.revenue(run, new_axes())
        revenue = run["competitive"].revenue.values[0]
    assert [line.get_label() for line in ax.lines] == [
        "competitive, all bidders",
        "coordinated, all bidders",
    ]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.median(revenue, axis=1))
    assert len(ax.collections) == 2


def test_the_last_values_stand_beside_the_axes(tmp_path: Path) -> None:
    path = write_experts(tmp_path / "run.h5", regimes=1)
    with h5py.File(path, "a") as raw:
        raw["competitive/revenue"][0, -1] = [0.7, 0.8, 0.9]
    with gbid.load(path) as run:
        far = gbid.plot.revenue(run, new_axes())
    assert sorted(texts_of(far)) == ["0.700  bidder 0", "0.800  bidder 1", "0.900  bidder 2"]
    with h5py.File(path, "a") as raw:
        raw["competitive/revenue"][0, -1] = [0.7, 0.703, 0.701]
    with gbid.load(path) as run:
        near = gbid.plot.revenue(run, new_axes())
    assert texts_of(near) == ["0.700\N{EN DASH}0.703"]


def test_labels_are_spread_without_being_reordered() -> None:
    places = np.array([0.5, 0.0, 0.51, 1.0, 0.99, 0.49])
    spread = _members.spread_out(places, 0.1)
    np.testing.assert_allclose(spread, [0.5, 0.05, 0.6, 0.95, 0.85, 0.4], atol=1e-12)
    apart = np.array([0.2, 0.8])
    np.testing.assert_array_equal(_members.spread_out(apart, 0.1), apart)
    crowded = _members.spread_out(np.full(20, 0.3), 0.1)  # more than fit: around the middle
    assert crowded.mean() == pytest.approx(0.5)


def test_an_unrecorded_variable_names_the_recorded_ones(tmp_path: Path) -> None:
    names = ("multiply_adds", "revenue", "load", "loss", "held_out_loss")
    with gbid.load(write_experts(tmp_path / "run.h5", without=names)) as run:
        for draw in (gbid.plot.computation, gbid.plot.revenue, gbid.plot.loads):
            with pytest.raises(KeyError, match="recorded: accuracy, bid"):
                draw(run, new_axes())
        with pytest.raises(KeyError, match="'loss'; recorded: accuracy, bid"):
            gbid.plot.learning_curves(run, "loss", new_axes())
        with pytest.raises(KeyError, match="'sparsity'; recorded"):
            gbid.plot.masks_by_layer(run, new_axes())


def test_computation_is_a_share_of_the_dense_one(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        ax = gbid.plot.computation(run, new_axes())
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 0.3 + 0.5 * np.exp(-np.array(STEPS) / 20))
    assert texts_of(ax) == ["30.3%", "30.3%"]
    assert ax.get_ylim() == (0.0, 1.0)


def test_every_layer_has_its_line_of_zero_masks(tmp_path: Path) -> None:
    with gbid.load(write_flow(tmp_path / "run.h5")) as run:
        ax = gbid.plot.masks_by_layer(run, new_axes())
        sparsity = run["idealised"].sparsity.values[0]
    assert [line.get_label() for line in ax.lines] == [f"idealised, layer {i}" for i in range(3)]
    for layer, line in enumerate(ax.lines):
        np.testing.assert_array_equal(line.get_ydata(), sparsity[:, layer])
    assert f"{sparsity[-1, 0]:.1%}  layer 0" in texts_of(ax)


def test_pixels_are_the_sums_of_their_masks_as_an_image(tmp_path: Path) -> None:
    with gbid.load(write_flow(tmp_path / "run.h5", trials=2)) as run:
        ax = gbid.plot.pixel_importance(run, new_axes(), trial=1)
        image = np.asarray(ax.images[0].get_array())
        mask = run["idealised"].mask_0.values[1]
        with pytest.raises(IndexError, match="trial 2 of 2"):
            gbid.plot.pixel_importance(run, new_axes(), trial=2)
    assert image.shape == (4, 4)
    assert image[0, 0] == 0.0
    assert image[0, 1] == image.max() == 6.0  # 12 neurons buy 0.5 each
    assert image[3, 2] == pytest.approx(mask[14].sum(), rel=1e-15)
    with gbid.load(write_flow(tmp_path / "odd.h5", pixels=15)) as run:
        ax = gbid.plot.pixel_importance(run, new_axes())
    assert texts_of(ax) == ["15 pixels are no square image"]


def test_the_distribution_of_masks_leaves_out_zeros_and_counts_them(tmp_path: Path) -> None:
    path = write_flow(tmp_path / "run.h5")
    with gbid.load(path) as run:
        ax = gbid.plot.mask_distribution(run, new_axes())
        mask = run["idealised"].mask_1.values[0]
    assert f"layer 1: {np.sum(mask > 0)} of {mask.size}" in texts_of(ax)
    for steps in ax.patches:
        assert steps.get_data().values.sum() == pytest.approx(1.0)
    with h5py.File(path, "a") as raw:
        for layer in range(3):
            raw[f"idealised/mask_{layer}"][...] = 0.0
    with gbid.load(path) as run:
        ax = gbid.plot.mask_distribution(run, new_axes())
    assert texts_of(ax) == ["all masks are zero"]
    bare = write_flow(tmp_path / "bare.h5", without=("mask_0", "mask_1", "mask_2"))
    with gbid.load(bare) as run:
        for draw in (gbid.plot.mask_distribution, gbid.plot.pixel_importance):
            with pytest.raises(KeyError, match="masks were not kept"):
                draw(run, new_axes())


CASES: dict[str, tuple] = {
    "experts": (write_experts, {}),
    "one_bidder": (write_experts, {"regimes": 1, "bidders": 1}),
    "three_regimes": (write_experts, {"regimes": 3, "trials": 5, "bidders": 2, "sellers": 6}),
    "many_bidders": (write_experts, {"regimes": 3, "bidders": 12, "sellers": 20}),
    "long_title": (write_experts, {"title": "A very long title that goes on " * 6}),
    "one_step": (write_experts, {"steps": (7,), "evaluated": (7,)}),
    "loss_alone": (
        write_experts,
        {"without": ("accuracy", "held_out_accuracy", "held_out_loss", "revenue", "mask", "load")},
    ),
    "flow": (write_flow, {}),
    "flow_two_regimes": (write_flow, {"regimes": 2, "trials": 3, "pixels": 784}),
    "deep_flow": (write_flow, {"layers": 6, "pixels": 15}),
    "flow_without_masks": (write_flow, {"without": ("mask_0", "mask_1", "mask_2")}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_overview_is_1600_by_1000_and_no_text_covers_another(case: str, tmp_path: Path) -> None:
    write, options = CASES[case]
    path = write(tmp_path / "run.h5", **options)
    figure_path = tmp_path / "overview.png"
    with warnings.catch_warnings(), gbid.load(path) as run:
        warnings.simplefilter("error")
        figure = gbid.plot.overview(run)
        figure.savefig(figure_path, dpi=100)
    if "GBID_KEEP_FIGURES" in os.environ:
        shutil.copy(figure_path, Path(os.environ["GBID_KEEP_FIGURES"]) / f"learning_{case}.png")
    assert matplotlib.image.imread(figure_path).shape[:2] == (1000, 1600)
    assert misplaced(figure) == []


def titles(figure: Figure) -> list[str]:
    return [ax.get_title("left") or ax.get_title() for ax in figure.axes if ax.axison or ax.texts]


def test_the_head_says_what_is_learned_from_and_who_learns(tmp_path: Path) -> None:
    for data, said in (
        ("synthetic", "synthetic images, drawn by the program"),
        ("fashion_mnist", "Fashion-MNIST"),
        ("idx", "images from IDX files"),
        ("hand_written", "data: hand_written"),
    ):
        path = write_experts(tmp_path / f"{data}.h5", data=data)
        with gbid.load(path) as run:
            ax = new_axes()
            draw_header(run, ax)
        parts = ["3 bidders", "3 sellers", "1 trial", "100 steps", "seed 1", said]
        assert " \N{MIDDLE DOT} ".join(parts) in texts_of(ax)
    with gbid.load(write_flow(tmp_path / "flow.h5", trials=2)) as run:
        ax = new_axes()
        draw_header(run, ax)
    assert texts_of(ax)[1].startswith("35 neurons \N{MIDDLE DOT} 2 trials")
    assert texts_of(ax)[1].endswith("lines: medians; bands: 5\N{EN DASH}95%")


def test_the_overview_shows_what_the_run_is_about(tmp_path: Path) -> None:
    with gbid.load(write_experts(tmp_path / "run.h5")) as run:
        shown = titles(gbid.plot.overview(run))
    expected = ["Accuracy", "Loss", "Revenue", "Bought: competitive", "At the end: coordinated"]
    assert {*expected, "Computation", "What anarchy costs, per trial"} <= set(shown)
    with gbid.load(write_experts(tmp_path / "one.h5", regimes=1)) as run:
        shown = titles(gbid.plot.overview(run))
    assert "Samples sent to each seller" in shown
    assert "What anarchy costs, per trial" not in shown
    with gbid.load(write_flow(tmp_path / "flow.h5")) as run:
        shown = titles(gbid.plot.overview(run))
    assert {"Accuracy", "Sparsity by layer", "Pixels bought by the first layer"} <= set(shown)
    assert {"Masks that are not zero", "Computation"} <= set(shown)


def test_text_is_dark_enough_to_read() -> None:
    for index in range(6):
        for place in range(3):
            color = _style.for_text(_style.tone(_style.look(index).color, place, 3))
            rgb = np.array(matplotlib.colors.to_rgb(color))
            assert _style._contrast_with_white(rgb) >= _style.LEAST_CONTRAST - 0.05  # 8-bit colours
    assert _style.for_text("#1a1a1a") == "#1a1a1a"
