"""A plugin for pytest: `pytest --archcalc specs` holds every figure of the specs in a folder.

pytest imports this at each start, so nothing of archcalc is imported before the option is given.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archcalc.verdicts import Verdict, Verdicts

_SPEC = "spec"  # the item of a spec without figures, or that cannot be read
_SUFFIXES = {".yaml", ".yml"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--archcalc PATH`, as often as one likes."""
    about = "hold the expect figures of this spec, or of every spec in this folder; may be repeated"
    group = parser.getgroup("archcalc", "figures of neural networks")
    group.addoption("--archcalc", action="append", default=[], metavar="PATH", help=about)


def pytest_configure(config: pytest.Config) -> None:
    """Collect the paths of the option too, unless the command line names files in them."""
    given = config.getoption("archcalc")
    if not given:
        return
    words = list(map(str, config.invocation_params.args))
    typed = any(word.partition("=")[0] == "--archcalc" for word in words)
    base = config.invocation_params.dir if typed else config.rootpath
    paths = [os.path.realpath(base / path) for path in given]
    config.stash[_PATHS] = paths
    missing = next((path for path, real in zip(given, paths, strict=True) if not os.path.exists(real)), None)
    if missing is not None:
        raise pytest.UsageError(f"--archcalc: there is no file or folder {missing!r}")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        # in the configuration file it adds to what is there; typed, it is what is asked for
        config.args = paths if typed else [*config.args, *paths]
    elif typed:
        named = [
            os.path.realpath(config.invocation_params.dir / arg.partition("::")[0]) for arg in config.args
        ]
        config.args += [path for path in paths if not any(_within(name, path) for name in named)]


_PATHS = pytest.StashKey[list[str]]()


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """A YAML file at a path of the option is a spec."""
    paths = parent.config.stash.get(_PATHS, [])
    if file_path.suffix not in _SUFFIXES or not any(_within(os.path.realpath(file_path), p) for p in paths):
        return None
    return SpecFile.from_parent(parent, path=file_path)


class SpecFile(pytest.File):
    """A spec; an item for each figure that it expects."""

    def collect(self) -> Iterator[Figure]:
        """An item for each figure; one alone where there is none, or where the spec cannot be read."""
        from archcalc import load
        from archcalc.errors import ArchcalcError

        name = os.path.relpath(self.path, self.config.invocation_params.dir)
        try:
            verdicts = load(name).check()
        except ArchcalcError as error:
            yield Figure.from_parent(self, name=_SPEC, broken=str(error))
            return
        names: dict[str, int] = {}
        for verdict in verdicts:
            called = _name(verdict)
            names[called] = names.get(called, 0) + 1
            again = f"-{names[called]}" if names[called] > 1 else ""  # a second source, of the same figure
            yield Figure.from_parent(self, name=f"{called}{again}", verdict=verdict, among=verdicts)
        if not verdicts:
            yield Figure.from_parent(self, name=_SPEC)


class FigureError(Exception):
    """A figure that does not agree, or a spec that cannot be read; pytest shows its sentence alone."""


class Figure(pytest.Item):
    """One figure of a spec, held against what was computed."""

    def __init__(
        self, *, verdict: Verdict | None = None, among: Verdicts | None = None, broken: str = "", **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.verdict = verdict
        self.among = among  # the verdicts on the whole spec
        self.broken = broken

    def runtest(self) -> None:
        """A known gap is expected to fail, and fails when it does not."""
        if self.broken:
            raise FigureError(self.broken)
        if self.verdict is None or self.verdict.status == "agrees":
            return
        if self.verdict.status == "gap":
            pytest.xfail(f"known gap: {self.verdict.known_gap}")
        assert self.among is not None
        raise FigureError("\n".join([_line(self.verdict), *_closing(self.among, self.verdict)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """The sentence, without a traceback."""
        if isinstance(excinfo.value, FigureError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, the line of the figure, and its name; pytest would take a dot for a part of the path."""
        place = self.verdict.place if self.verdict else None
        return self.path, place.line - 1 if place else None, self.name.replace(".", " ")


def _name(verdict: Verdict) -> str:
    """`total.params`, or `total.params[L=12]` at sizes of its own."""
    sizes = ",".join(f"{name}={size}" for name, size in verdict.sizes.items())
    return f"{verdict.at}.{verdict.quantity}" + (f"[{sizes}]" if sizes else "")


def _line(verdict: Verdict) -> str:
    """`specs/tiny.yaml:31  total.params   expected <= 250,000   computed 262,154   12,154 too many`."""
    from archcalc.errors import printable
    from archcalc.render.agreement import computed, distance, reason

    figure, place = verdict.figure, verdict.place
    where = f"{place.file}:{place.line}  " if place else ""
    bound = figure.relation if figure.relation != "=" else ""
    value = f"{figure.value:,}" if isinstance(figure.value, int) and not figure.within else ""
    expected = f"{bound} {value}".strip() if value and not figure.binary else figure.text
    off = reason(verdict) if verdict.known_gap else distance(verdict.computed, figure.value)
    parts = [_name(verdict), f"expected {expected}", f"computed {computed(verdict)}", off]
    return where + printable("   ".join(part for part in parts if part))


def _closing(among: Verdicts, verdict: Verdict) -> list[str]:
    """What has the figure that was expected, under the line that says it is not the computed one."""
    from archcalc.render.closings import lines
    from archcalc.render.page import Page

    text = str(Page(lines(among.closing(verdict), verdict, None)))
    return [text] if text else []
