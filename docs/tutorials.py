"""Write what-the-tutorials-get-wrong.md: every figure of five tutorials, checked, and what they say besides.

    python docs/tutorials.py

Figures come from specs/claims; the words around them, and the statements that are no figures, from
tutorials-prose.md, a section for each tutorial, headed by its title.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import archcalc
from archcalc.dims import Shape
from archcalc.spec import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.verdicts import Verdict, Verdicts

HERE = Path(__file__).parent
LEAD = """\
# What the tutorials get wrong

Five tutorials on LeNet-5, read line by line. Each figure that they state about a layer is in a file
under `specs/claims` and is checked against what archcalc computes; a wrong one is marked `known_gap`
with its reason, so that it is shown and does not fail. Statements that are no figures were read by
hand. "1998" is LeCun, Bottou, Bengio, Haffner 1998. Line numbers are those of the copies that were
read: all are in Chinese or partly so, one of them a translation, and two are reposts.

This is no reproach: nearly every figure is right. What is wrong is worth a page because it is
instructive: nearly always it is right for another network of the same name.

This page is written by `python docs/tutorials.py`.
"""


def page() -> str:
    """The whole page."""
    known = {name: archcalc.check(name) for name in bundled() if name.startswith("claims/")}
    titles: dict[str, list[str]] = {}
    for name, found in known.items():
        titles.setdefault(source(found).title, []).append(name)
    prose = sections()
    if sorted(prose) != sorted(titles):
        msg = f"tutorials-prose.md has {sorted(prose)}, specs/claims has {sorted(titles)}"
        raise SystemExit(msg)
    parts = [LEAD, overview(known, titles, list(prose))]
    parts += [section(title, titles[title], known, prose[title]) for title in prose]
    return "\n".join(parts)


def source(found: Verdicts) -> Any:
    """The tutorial whose figures these are."""
    return next(verdict.source for verdict in found if verdict.source)


def sections() -> dict[str, tuple[str, str]]:
    """For each tutorial what it is about, and its statements."""
    text = (HERE / "tutorials-prose.md").read_text(encoding="utf-8")
    found = {}
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        about, _, statements = body.strip().partition("\n### Statements\n")
        found[title.strip()] = (about.strip(), statements.strip())
    return found


def overview(known: dict[str, Verdicts], titles: dict[str, list[str]], order: list[str]) -> str:
    """A row for each tutorial, and the sum."""
    rows = []
    for title in order:
        verdicts = [verdict for name in titles[title] for verdict in known[name]]
        rows.append([f"[{title}](#{anchor(title)})", *counts(verdicts)])
    rows.append(["together", *counts([verdict for found in known.values() for verdict in found])])
    return table(["tutorial", "figures", "agree", "wrong"], rows, right=3)


def counts(verdicts: list[Verdict]) -> list[str]:
    """How many figures, how many agree, how many are known gaps."""
    good, gaps = (sum(v.status == status for v in verdicts) for status in ("agrees", "gap"))
    if good + gaps != len(verdicts):
        raise SystemExit("a figure in specs/claims fails: archcalc check says which")
    return [str(len(verdicts)), str(good), str(gaps)]


def section(title: str, names: list[str], known: dict[str, Verdicts], prose: tuple[str, str]) -> str:
    """One tutorial: what it is, its figures, its other statements."""
    about, statements = prose
    names = sorted(names, key=lambda name: (len(name), name))  # the text, then the code beside it
    first = source(known[names[0]])
    link = f" <{first.url}>" if first.url else ""
    parts = [
        f"## {title}\n",
        f"{first.authors}, {first.year}; {first.where}.{link}\n",
        f"{about}\n",
        "**Figures**\n",
    ]
    for name in names:
        total, good, _ = counts(list(known[name]))
        parts.append(f"- `archcalc check {name}`: {good} of {total} agree. {known[name].name}.")
    rows = [row for name in names for row in gaps(known[name])]
    parts.append("")
    if rows:
        parts.append(table(["figure", "where", "claimed", "computed", "why"], rows))
    else:
        parts.append("No figure is wrong.\n")
    parts += ["**Statements**\n", f"{statements}\n"]
    return "\n".join(parts)


def gaps(found: Verdicts) -> Iterator[list[str]]:
    """A row for each figure that is wrong."""
    for verdict in found:
        if verdict.status == "gap":
            where = verdict.note.partition(";")[0]
            yield [
                f"{verdict.at} {verdict.quantity}",
                where,
                shown(verdict.figure.value),
                shown(verdict.computed),
                verdict.known_gap,
            ]


def shown(value: Any) -> str:
    """A number with its thousands apart, or a shape as 6@28x28."""
    return f"{value:,}" if isinstance(value, int) else repr(Shape(value))


def table(heads: list[str], rows: list[list[str]], right: int = 0) -> str:
    """A Markdown table; the last `right` columns hold numbers."""
    rule = [":--" if i < len(heads) - right else "--:" for i in range(len(heads))]
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, rule, *rows))


def anchor(title: str) -> str:
    """The heading's address on the page."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


if __name__ == "__main__":
    target = HERE / "what-the-tutorials-get-wrong.md"
    target.write_text(page(), encoding="utf-8")
    print(f"wrote {target.name}")
