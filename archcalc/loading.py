"""A network from whatever names or holds one: a path, a bundled name, a text, a dict, a list of layers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem, SpecError, UsageError, likely, quote
from archcalc.expressions import names
from archcalc.graph import build, rebuild
from archcalc.network import Net, made, sizes_of
from archcalc.spec import find, parse
from archcalc.spec.node import Document
from archcalc.spec.values import at_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.spec import Spec


def load(
    source: Any,
    *,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,
    symbolic: Iterable[str] | str | bool = False,
) -> Net:
    """The network of a path, a bundled name, a spec's text, a dict, or a list of layers.

    `sizes` sets symbols, `input` replaces the input's shape, `symbolic` names symbols that stay
    letters, or is True for all of them; then those that decide what there is stay numbers where they must.

    >>> load("lenet5").params
    60000
    >>> load("lenet5", input=(1, 64, 64))["C5"].output
    120@9x9

    Raises SpecError, MissingError or UsageError, each with what, where, why and how to mend.
    """
    given = sizes_of(input)
    if isinstance(source, Net):
        same = symbolic is False and not sizes and given is None
        return source if same else _again(source, sizes, given, symbolic)
    if isinstance(source, list | tuple):
        if given is None:
            raise UsageError("a list of layers needs input=, the shape of one example")
        return Net(source, input=given)
    if isinstance(source, str | os.PathLike) and _is_foreign(os.fspath(source)):
        return _read(os.fspath(source), sizes, given, symbolic)
    return _freed(_spec(source), sizes, given, symbolic)


def _is_foreign(name: str) -> bool:
    """Whether a name is that of a file of another tool; a bundled network's has no dot that says so."""
    if "." not in name or name.endswith(".yaml"):
        return False
    from archcalc.convert.formats import is_foreign

    return is_foreign(name)


def _read(
    path: str, sizes: Mapping[str, Any] | None, given: Any, symbolic: Iterable[str] | str | bool
) -> Net:
    """The network of a file of another tool."""
    from archcalc.convert.formats import read

    draft = read(path)
    if symbolic is not False or sizes or given is not None:
        net = _freed(parse(Document(path, draft.text())), sizes, given, symbolic)
    else:
        net = draft.net()
    net.spec.told = draft.notes()
    return net


def spec_of(source: Any, input: Sequence[Any] | None = None) -> tuple[Spec, dict[str, Any], Any]:
    """The spec of whatever `load` takes, and the sizes and the input that a network of it has been given."""
    if isinstance(source, list | tuple):
        source, input = load(source, input=input), None
    if isinstance(source, Net):
        return source.spec, dict(source.graph.sizes), sizes_of(input) or source.graph.given
    return _spec(source), {}, sizes_of(input)


def _freed(
    spec: Spec, sizes: Mapping[str, Any] | None, given: Any, symbolic: Iterable[str] | str | bool
) -> Net:
    """The network with some sizes left as letters; of all, those that can be."""
    asked = letters(spec, symbolic)
    free = asked
    if symbolic is True:
        known = at_first(spec, sizes or {})
        free = [name for name in asked or () if name not in (sizes or {}) and _is_whole(known.get(name))]
    try:
        net = made(build(spec, sizes, given, free))
    except SpecError:
        fewer = [name for name in free or () if name not in deciding(spec)]
        if symbolic is not True or not fewer or len(fewer) == len(free or ()):
            raise
        net = made(build(spec, sizes, given, fewer))
    net.graph.numbers = tuple(name for name in asked or () if name not in (net.graph.free or ()))
    return net


def _is_whole(size: Any) -> bool:
    """Whether a size can be left as a letter, which stands for whole numbers; one that is unknown is told."""
    return type(size).__name__ != "Fraction"


def _again(
    net: Net, sizes: Mapping[str, Any] | None, given: Any, symbolic: Iterable[str] | str | bool
) -> Net:
    """A network at other sizes than it has; what it has otherwise stays."""
    graph = rebuild(net.graph, given, **(sizes or {}))
    if symbolic is False:
        return made(graph)
    free = letters(net.spec, symbolic) or []
    kept = {name: size for name, size in graph.sizes.items() if name not in free}
    return _freed(net.spec, kept, given, symbolic)


def _spec(source: Any) -> Spec:
    """The spec of a path, a bundled name, a text or a dict."""
    if isinstance(source, dict):
        from archcalc.spec.write import text

        return parse(Document("<dict>", text(source)))
    if isinstance(source, str) and "\n" in source:
        return parse(Document("<text>", source))
    if isinstance(source, str | os.PathLike):
        return parse(find(os.fspath(source)))
    kind = type(source).__name__
    raise UsageError(f"a network is a path, a name, a text, a dict or a list of layers, not {kind}")


def letters(spec: Spec, symbolic: Iterable[str] | str | bool) -> list[str] | None:
    """The names that stay letters: those asked for; for True all symbols, or else the input's axes."""
    if symbolic is False:
        return None
    if symbolic is True:
        if spec.symbols:
            return list(spec.symbols)
        return [axis for axis in spec.axes_of_input() if axis != "C"]
    asked = [name.strip() for name in symbolic.split(",")] if isinstance(symbolic, str) else list(symbolic)
    known = [*spec.symbols, *spec.axes_of_input()]
    for name in asked:
        if name not in known:
            why = (f"symbols and axes of {spec.name}: {', '.join(dict.fromkeys(known))}",)
            raise UsageError(Problem(f"there is no symbol {quote(name)} to free", why, likely(name, known)))
    return asked


def deciding(spec: Spec) -> set[str]:
    """The symbols that say how often something is repeated, or whether it is there."""
    layers = [*spec.layers, *(entry for block in spec.blocks.values() for entry in block.layers)]
    texts = [node.value for entry in layers for node in (entry.repeat, entry.when) if node is not None]
    return {name for text in texts if isinstance(text, str) for name in names(text)} & spec.symbols.keys()
