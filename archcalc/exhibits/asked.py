"""What a document asks for: of which spec, what to show, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import Problem, SpecError, UsageError, likely, quote
from archcalc.expressions import ExpressionError, number
from archcalc.folding import Choice
from archcalc.spec.node import Document, Node, read

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = {
    "show": "table, diagram, formula, explain or check; a table if nothing is said",
    "columns": "the columns of a table, as output, params, macs",
    "depth": "fold blocks to so many parts of their path, or all",
    "only": "what stands under one block, as layer3",
    "sort": "the dearest rows first, as macs",
    "top": "so many of the dearest rows, and the others as one",
    "layer": "the layer or block that is meant, not the whole network",
    "quantity": "the figure of a formula or an explanation, as params",
    "symbols": "the sizes that stay letters, as H, W, or all",
    "sizes": "other sizes than the spec's, as H=64, W=64",
    "input": "another input, as 1x28x28",
    "convention": "count as another tool does, as fvcore",
    "style": "graph, maps, table or field: a diagram's style, as of archcalc draw",
    "expand": "the repeats of a graph whose copies are drawn one by one, or all",
    "direction": "which way a graph goes, down or right",
    "color_by": "what a graph's colours say: family, params, macs or memory",
    "caption": "what stands above a table or beneath a diagram",
    "name": "a label that other pages can refer to, in Sphinx",
    "file": "the picture that a Markdown page shows, beside it; SPEC.svg if nothing is said",
}
"""Every option, and what it says."""

_EVERYWHERE = ("show", "caption", "name")
_SIZES = ("sizes", "input")
SHOWS = {
    "table": ("columns", "depth", "only", "sort", "top", "symbols", "convention", *_SIZES),
    "diagram": ("style", "depth", "only", "layer", "expand", "direction", "color_by", "file", *_SIZES),
    "formula": ("quantity", "layer", "symbols", *_SIZES),
    "explain": ("layer", "quantity", *_SIZES),
    "check": (),
}
"""What can be shown, and the options of each."""


class Asked(NamedTuple):
    """What a document asks to be shown."""

    specs: tuple[str, ...]
    show: str
    options: Mapping[str, str]

    def option(self, name: str) -> str:
        """What an option says; nothing where it is left out."""
        return self.options.get(name, "")

    @property
    def columns(self) -> list[str] | None:
        """The columns of a table, or None for the usual ones."""
        return [word.lower() for word in words(self.option("columns"))] or None

    @property
    def depth(self) -> int | str | None:
        """How far blocks are folded."""
        text = self.option("depth")
        return int(text) if text.isdecimal() else text or None

    @property
    def choice(self) -> Choice:
        """Which rows a table shows. Raises UsageError for a count that is none."""
        top = self.option("top")
        if top and not top.isdecimal():
            raise UsageError(f"top takes a whole number, not {quote(top)}")
        return Choice(self.depth, self.option("only"), self.option("sort"), int(top) if top else None)

    @property
    def drawn(self) -> dict[str, Any]:
        """The options of a drawing that are given."""
        given = {name: self.option(name) for name in ("only", "layer", "direction", "color_by")}
        found: dict[str, Any] = {name: text for name, text in given.items() if text}
        expand = words(self.option("expand"))
        return found | ({"expand": expand} if expand else {}) | ({"depth": self.depth} if self.depth else {})

    @property
    def sizes(self) -> dict[str, Any]:
        """The sizes that are set. Raises UsageError for what is no size."""
        found: dict[str, Any] = {}
        for pair in words(self.option("sizes")):
            name, equals, text = pair.partition("=")
            try:
                value = number(text.strip()) if equals else None
            except ExpressionError as error:
                raise UsageError(f"sizes: {name}: {error}") from None
            if value is None:
                what = f"sizes takes symbols and numbers, not {quote(pair)}"
                raise UsageError(Problem(what, fix="sizes: H=64, W=64"))
            found[name.strip()] = value
        return found

    @property
    def symbols(self) -> list[str] | bool:
        """The sizes that stay letters: those named, or True for all."""
        named = words(self.option("symbols"))
        return True if named == ["all"] else named or False


def words(text: str) -> list[str]:
    """The words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def asked(spec: str, options: Mapping[str, str]) -> Asked:
    """What a spec's name and some options ask for.

    Raises UsageError for an option that there is not, or that has no meaning for what is shown.
    """
    show = options.get("show") or "table"
    if show not in SHOWS:
        why = (f"it shows {', '.join(SHOWS)}",)
        raise UsageError(Problem(f"there is no {quote(show)} to show", why, likely(show, SHOWS)))
    for name in options:
        if name not in OPTIONS:
            why = (f"options: {', '.join(OPTIONS)}",)
            raise UsageError(Problem(f"there is no option {quote(name)}", why, likely(name, OPTIONS)))
        if name not in (*_EVERYWHERE, *SHOWS[show]):
            takes = ", ".join((*SHOWS[show], *_EVERYWHERE[1:]))
            raise UsageError(Problem(f"{show} has no option {quote(name)}", (f"it takes {takes}",)))
    names = tuple(words(spec))
    if not names:
        raise UsageError(Problem("which network is shown is not said", fix="spec: lenet5"))
    if len(names) > 1 and show != "table":
        raise UsageError(f"{show} shows one network; several stand side by side in a table")
    return Asked(names, show, dict(options))


def of_yaml(document: Document) -> Asked:
    """What the YAML of a fence asks for: `spec`, and options.

    Raises SpecError with the place of each mistake in the document.
    """
    node, problems = read(document)
    if problems:
        raise SpecError(problems)
    if not isinstance(node.value, dict):
        what = f"what is asked for is a map, not {node.kind}"
        raise SpecError(Problem(what, fix="spec: lenet5", place=node.place))
    options = {key: _text(value) for key, _, value in node.pairs()}
    try:
        return asked(options.pop("spec", ""), options)
    except UsageError as error:
        raise SpecError(
            [problem._replace(place=_place(node, problem)) for problem in error.problems]
        ) from None


def _text(node: Node) -> str:
    """A value as a directive's option has it: a list with commas, sizes with equals signs."""
    value = node.plain()
    if isinstance(value, dict):
        value = [f"{key}={size}" for key, size in value.items()]
    return value if isinstance(value, str) else ", ".join(map(str, value))


def _quoted(text: str) -> set[str]:
    """What a sentence quotes."""
    return {f"'{part}'" for part in text.split("'")[1::2]}


def _place(node: Node, problem: Problem) -> Any:
    """The key that a problem names, itself or by what it says, or else where the map begins."""
    keys = (
        at for key, at, value in node.pairs() if {quote(key), quote(_text(value))} & _quoted(problem.what)
    )
    return next(keys, node).place
