"""The names of the library from their docstrings, and the repository's own pages."""

from __future__ import annotations

import re
from pathlib import Path

import archcalc
from archcalc import testing

REPOSITORY = Path(__file__).parents[2]
VALUES = {
    "what a report holds": ["analysis.Row", "folding.Folded"],
    "what a verb gives": [
        "verdicts.Verdicts", "verdicts.Verdict", "explanation.Explanation", "closed_form.Formula",
        "solution.Solution", "sweeping.result.Sweep", "difference.Difference", "verification.Verification",
        "drawing.Drawing", "conventions.count.Count", "training.Training", "calculation.Calculation",
    ],
    "what is refused": [
        "errors.ArchcalcError", "errors.SpecError", "errors.LayerError", "errors.UsageError",
        "errors.MissingError", "errors.ConvertError", "errors.ForwardError", "errors.DrawingError",
        "errors.Problem", "errors.Place",
    ],
}  # fmt: skip
OUTSIDE = {"CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog", "tests/README.md": "tests"}


def pages() -> dict[str, str]:
    """The pages, by their paths."""
    found = {"reference/api.md": _api()}
    for name, page in OUTSIDE.items():
        found[f"reference/{page}.md"] = _moved((REPOSITORY / name).read_text(encoding="utf-8"), name)
    return found


def _api() -> str:
    parts = ["# Every public name", "", "[The library](../library.md) tells of them in order.", ""]
    verbs = [name for name in archcalc.__all__ if name not in ("Net", "ArchcalcError")]
    parts += ["## Functions", "", _rst(f".. autofunction:: archcalc.{name}" for name in verbs)]
    parts += ["## A network", "", _rst([".. autoclass:: archcalc.Net"])]
    for title, names in VALUES.items():
        parts += [f"## {title.capitalize()}", "", _rst(f".. autoclass:: archcalc.{name}" for name in names)]
    given = [name for name in testing.__all__ if name != "LAWS"]
    parts += ["## For tests", "", _rst(f".. autofunction:: archcalc.testing.{name}" for name in given)]
    return "\n".join(parts)


def _rst(lines: object) -> str:
    text = "\n".join(map(str, lines))  # type: ignore[call-overload]
    return f"```{{eval-rst}}\n{text}\n```\n"


def rst(lines: list[str]) -> list[str]:
    """A docstring in reStructuredText: code between double backticks, signs of no meaning as they are."""
    return [line if line.lstrip().startswith((">>>", "...")) else _line(line) for line in lines]


def _line(line: str) -> str:
    parts = re.split(r"(?<!`)`([^`]+)`(?!`)", line)
    plain = [re.sub(r"([*|_])(?=\W|$)|(?<!\w)([*|])", r"\\\1\2", part) for part in parts[::2]]
    code = [f"``{part}``" for part in parts[1::2]]
    return "".join(text for pair in zip(plain, [*code, ""], strict=True) for text in pair)


_LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")


def _moved(text: str, name: str) -> str:
    """A page of the repository, whose links are seen from the folder that it is put into."""
    folder = Path(name).parent
    up = "../../" + (f"{folder.as_posix()}/" if folder.name else "")
    return _LINK.sub(lambda found: f"]({up}{found[1]}{found[2] or ''})", text)
