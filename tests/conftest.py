"""What every test may ask for: the command line in process, and whether to refresh golden files."""

from __future__ import annotations

import io
import os
import sys
from typing import NamedTuple

import pytest
from hypothesis import settings

from archcalc.cli import main

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
