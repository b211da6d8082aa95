"""What every test may ask for: the command line in process, and whether to refresh golden files."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import NamedTuple

import pytest
from hypothesis import settings

from archcalc import load
from archcalc.cli import main
from archcalc.spec.write import bare, text

# how long a draw takes is for benchmarks to say: a slow moment of the machine is no failure
settings.register_profile("archcalc", deadline=None)
settings.load_profile("archcalc")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --refresh` writes golden outputs anew; look at the diff before committing it."""
    parser.addoption("--refresh", action="store_true", help="write golden outputs anew")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether golden outputs are to be written anew."""
    return bool(request.config.getoption("--refresh"))


class Ran(NamedTuple):
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def archcalc(monkeypatch: pytest.MonkeyPatch):
    """Run the command line in this process: `archcalc("report", "lenet5").out`."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, stdin: str = "") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(sys, "stdin", given)
            status = main(list(args))
        return Ran(status, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def inside(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """A new folder as the working directory."""
    monkeypatch.chdir(tmp_path)
    assert os.listdir(tmp_path) == []
    return tmp_path


@pytest.fixture(scope="session")
def alone():
    """A network of one layer, for what a kind becomes elsewhere: `alone(layer, xs)`."""

    def network(layer, xs):
        entry = {"name": "a", "op": layer.op, **{key: bare(value) for key, value in layer.given().items()}}
        inputs = {f"x{i}": dict(x.named()) for i, x in enumerate(xs)} or {"x0": [3]}
        if layer.vocabulary() is not None or [x.axes for x in xs] == [("T",)]:
            inputs["x0"] = {"shape": inputs["x0"], "dtype": "int"}
        content = {"archcalc": 1, "name": "alone", "inputs": inputs}
        if xs:
            entry["from"] = list(inputs)
            return load(text({**content, "layers": [entry]}))
        beside = {"name": "beside", "op": "identity", "from": "x0"}
        return load(text({**content, "layers": [beside, entry], "outputs": ["beside", "a"]}))

    return network


_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# it runs as root on a machine without a screen, and no request of its own leaves
_SWITCHES = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage""".split()


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window, to look at pages and drawings as a reader does: `browser.new_page()`.

    It is started anew for each file of tests: while it runs so does an event loop, which others may not meet.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives Chromium")
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as drive:
        chromium = drive.chromium.launch(executable_path=program, args=_SWITCHES)
        yield chromium
        chromium.close()
