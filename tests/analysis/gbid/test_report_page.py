# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Pages of `gbid report`, opened from disk in a headless Chromium: what they say, clicks, keys, and no error."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

gbid = pytest.importorskip("gbid")
webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed")
if shutil.which("chromedriver") is None:
    pytest.skip("chromium-driver is not installed", allow_module_level=True)

from selenium.common.exceptions import WebDriverException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

PAGE = Path(gbid.__file__).parent / "page"
TULLOCK: dict[str, Any] = {
    "title": "A contest with </script> in its title",
    "trials": 3,
    "steps": 60,
    "certify": True,
    "market": {"structure": "tullock", "agents": 2},
    "regimes": {"selfish": {"objective": "own_payoff"}, "planner": {"objective": "mean_payoff"}},
    "record": {"every": 5, "trajectory": ["payoff", "strategies"], "final": ["strategy", "known_equilibrium"]},
}


def gbid_report(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [os.environ["GBID_PROGRAM"], *map(str, arguments)]
    environment = {**os.environ, "GBID_PYTHON": sys.executable}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    gbid.run(TULLOCK, output=folder / "run.h5", progress=False).close()
    gbid.run(TULLOCK, set={"seed": 9}, output=folder / "other.h5", progress=False).close()
    over = {"market.agents": [2, 3], "steps": [20, 60]}
    gbid.sweep(TULLOCK, over, output=folder / "sweep.h5", progress=False).close()
    validation = subprocess.run([os.environ["GBID_PROGRAM"], "validate", "classical", "--json"], capture_output=True, text=True, check=True)
    (folder / "validation.json").write_text(validation.stdout)
    for name in ("run.h5", "sweep.h5", "validation.json"):
        done = gbid_report("report", folder / name, "-o", folder / f"{name}.html")
        assert done.returncode == 0, done.stderr
    done = gbid_report("compare", folder / "run.h5", folder / "other.h5", "-o", folder / "compare.html")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1100,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        driver = webdriver.Chrome(options=options)
    except WebDriverException as error:  # a container may not let it
        pytest.skip(f"no browser starts here: {error.msg}")
    yield driver
    driver.quit()


def opened(browser: Any, page: Path, width: int = 1100) -> Any:
    metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    until(lambda: browser.find_elements(By.TAG_NAME, "svg"))
    return browser


def until(is_true: Any, limit_s: float = 20.0) -> None:
    begin = time.monotonic()
    while not is_true():
        assert time.monotonic() - begin < limit_s
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["run.h5.html", "sweep.h5.html", "validation.json.html", "compare.html"])
@pytest.mark.parametrize("width", [1100, 390])
def test_a_page_opens_without_errors_requests_or_overflow(files: Path, browser: Any, name: str, width: int) -> None:
    page = opened(browser, files / name, width)
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    assert len(page.find_element(By.CLASS_NAME, "answer").text) > 20  # the answer comes first
    for svg in page.find_elements(By.CSS_SELECTOR, "figure svg"):
        assert svg.get_attribute("aria-label")


def test_the_title_is_text_whatever_it_holds(files: Path, browser: Any) -> None:
    page = opened(browser, files / "run.h5.html")
    assert page.title == TULLOCK["title"]
    assert page.find_element(By.TAG_NAME, "h1").text == TULLOCK["title"]


def test_the_verdict_and_cures_are_those_of_the_analysis(files: Path, browser: Any) -> None:
    report = gbid._program.call_json("analyze", files / "run.h5")
    page = opened(browser, files / "run.h5.html")
    (verdict,) = report["verdicts"]
    answer = page.find_element(By.CLASS_NAME, "answer").text
    if verdict["is_quotable"]:
        assert answer == verdict["sentence"]
    else:  # a number that may not be quoted is not in the headline
        assert answer == f"No price of anarchy may be quoted yet: {verdict['obstacles'][0]}."
    body = page.find_element(By.TAG_NAME, "main").text
    assert report["caveats"]
    for caveat, cure in zip(report["caveats"], report["cures"], strict=True):
        assert caveat[1:] in body and cure in body


def test_another_variable_can_be_chosen(files: Path, browser: Any) -> None:
    page = opened(browser, files / "run.h5.html")
    choice = page.find_element(By.TAG_NAME, "select")
    figure = page.find_element(By.CSS_SELECTOR, "section figure svg").get_attribute("outerHTML")
    choice.send_keys("Payoff")
    until(lambda: page.find_element(By.CSS_SELECTOR, "section figure svg").get_attribute("outerHTML") != figure)
    assert page.get_log("browser") == []


def test_points_of_a_sweep_are_chosen_by_click_and_by_key_and_sorted(files: Path, browser: Any) -> None:
    page = opened(browser, files / "sweep.h5.html")
    rows = lambda: page.find_elements(By.CSS_SELECTOR, "tr[data-point]")  # noqa: E731
    assert [row.get_attribute("data-point") for row in rows()] == ["0", "1", "2", "3"]
    page.execute_script("arguments[0].click()", rows()[2])
    until(lambda: "Point 2:" in page.find_element(By.CSS_SELECTOR, "[aria-live]").text)
    rows()[3].send_keys(Keys.ENTER)
    until(lambda: "Point 3:" in page.find_element(By.CSS_SELECTOR, "[aria-live]").text)
    heading = lambda: next(b for b in page.find_elements(By.CSS_SELECTOR, "th button") if b.text.startswith("point"))  # noqa: E731
    page.execute_script("arguments[0].click()", heading())
    assert [row.get_attribute("data-point") for row in rows()] == ["3", "2", "1", "0"]
    assert page.get_log("browser") == []


def test_a_page_is_neither_replaced_nor_written_for_what_is_no_file(files: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.html"
    taken.write_text("mine")
    assert gbid_report("report", files / "run.h5", "-o", taken).returncode == 73
    assert taken.read_text() == "mine"
    assert gbid_report("report", files / "run.h5", "-o", taken, "--force").returncode == 0
    assert gbid_report("report", tmp_path / "none.h5", "-o", tmp_path / "a.html").returncode == 66
    (tmp_path / "text.h5").write_text("text")
    assert gbid_report("report", tmp_path / "text.h5", "-o", tmp_path / "a.html").returncode == 65
    assert sorted(p.name for p in tmp_path.iterdir()) == ["taken.html", "text.h5"]


def test_a_python_without_packages_is_said_with_their_names(files: Path, tmp_path: Path) -> None:
    poor = tmp_path / "python"
    poor.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    poor.chmod(0o755)
    command = [os.environ["GBID_PROGRAM"], "report", str(files / "run.h5"), "-o", str(tmp_path / "a.html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "GBID_PYTHON": str(poor)})
    assert done.returncode == 69
    assert "python3-xarray" in done.stderr
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "GBID_PYTHON": "no-such-python"})
    assert done.returncode == 69


def test_the_libraries_are_those_whose_hashes_are_written_down() -> None:
    rows = re.findall(r"`(vendor/\S+)` .* `([0-9a-f]{64})`", (PAGE / "README.md").read_text())
    assert {name for name, _ in rows} == {f"vendor/{p.name}" for p in (PAGE / "vendor").glob("*.js")}
    for name, digest in rows:
        assert hashlib.sha256((PAGE / name).read_bytes()).hexdigest() == digest
