"""PyTorch modules, read by `torch.export`: a file for each family of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem, UsageError, quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from archcalc.convert.draft import Draft
    from archcalc.convert.torch.examples import Example
    from archcalc.network import Net


def from_torch(
    module: torch.nn.Module,
    *example: Any,
    batch: int | None = 0,
    name: str = "",
    strict: bool = False,
    sizes: Mapping[str, int] | None = None,
    **named: Any,
) -> Net:
    """The network that a PyTorch module is in inference, by `torch.export`; no weight is read or copied.

    An example is a tensor, whose axis `batch` is taken off (None: it has none), or a text with the shape of
    one example, `"3x224x224"`, `"128:int"`, or `"3xHxW"` with `sizes={"H": 224, "W": 224}`, which stay
    symbols. The module may be on any device, the meta device included, and is left as it was.

    Raises UsageError where it cannot be traced, or with `strict` where an operation has no kind.
    """
    from archcalc.convert.torch.factory import needed

    needed()
    draft = read(module, example, named, batch=batch, name=name, sizes=sizes)
    if strict:
        held(draft)
    return draft.net()


def held(draft: Draft) -> None:
    """Refuse a draft in which something is opaque."""
    if not draft.coverage.full:
        what = f"{quote(draft.name)} is read in part: {draft.coverage.sentence(draft.params)}"
        raise UsageError(Problem(what, more="without strict these layers are opaque"))


def read(
    module: torch.nn.Module,
    args: Sequence[Any],
    named: Mapping[str, Any],
    *,
    batch: int | None = 0,
    name: str = "",
    sizes: Mapping[str, int] | None = None,
) -> Draft:
    """The draft of a module; symbols in its examples are proven by reading it at other sizes too."""
    import torch

    from archcalc.convert.torch.examples import FIX, example

    if not isinstance(module, torch.nn.Module):
        raise UsageError(Problem(f"{type(module).__name__} is no torch.nn.Module"))
    examples = [example(given, batch) for given in args]
    examples += [example(given, batch)._replace(name=key) for key, given in named.items()]
    if not examples:
        raise UsageError(Problem(f"what does {quote(type(module).__name__)} read?", _reads(module), FIX))
    draft = at_sizes(module, examples, batch, name, sizes or {})
    if draft.symbols:
        prove(draft, module, examples, batch, sizes or {})
    return draft


def _reads(module: torch.nn.Module) -> tuple[str, ...]:
    """The arguments of a forward, for a reader who has not named any."""
    from inspect import signature

    try:
        text = str(signature(module.forward))
    except (TypeError, ValueError):
        return ()
    return (f"its forward is {text[:160]}", "the shape of one example is asked for, without the batch")


def at_sizes(
    module: torch.nn.Module,
    examples: Sequence[Example],
    batch: int | None,
    name: str,
    sizes: Mapping[str, int],
) -> Draft:
    """The draft of a module at some sizes."""
    import torch

    from archcalc.convert.attention import joined
    from archcalc.convert.draft import Draft
    from archcalc.convert.torch import arithmetic, bending, grids, layers, products, shapes, windows  # noqa: F401  (declaring their rules)
    from archcalc.convert.torch.examples import batched
    from archcalc.convert.torch.exporting import exported, stand_ins
    from archcalc.convert.torch.reader import Reader

    wanted = [
        (batched(given.at(sizes), batch), getattr(torch, given.dtype, torch.float32)) for given in examples
    ]
    tensors = stand_ins(module, wanted)
    args = [x for x, given in zip(tensors, examples, strict=True) if not given.name]
    kwargs = {given.name: x for x, given in zip(tensors, examples, strict=True) if given.name}
    reader = Reader(module, exported(module, args, kwargs))
    outputs = reader.walk(examples)
    if not outputs:
        what = f"{quote(type(module).__name__)} gives no tensor that its inputs are in"
        raise UsageError(Problem(what, more="is that what its forward reads?"))
    draft = Draft(name or type(module).__name__)
    draft.classes = reader.classes
    reader.sketch.onto(draft, outputs)
    joined(draft)
    draft.coverage.ops = reader.ops
    for op, params in reader.lost:
        draft.coverage.lacks(op, params)
    draft.coverage.facts += reader.facts()
    return draft


def prove(
    draft: Draft,
    module: torch.nn.Module,
    examples: Sequence[Example],
    batch: int | None,
    sizes: Mapping[str, int],
) -> None:
    """Hold the symbols of a draft against the module read at other sizes.

    Raises UsageError where they do not agree, or the module cannot be read there.
    """
    from archcalc.errors import ArchcalcError

    net = draft.net()
    for symbol, size in draft.symbols.items():
        refused: ArchcalcError | None = None
        for other in (2 * size, size // 2):
            if other < 1:
                continue
            try:
                found = at_sizes(module, examples, batch, draft.name, {**sizes, symbol: other}).net()
                said = net.at(input=None, **{symbol: other})
            except ArchcalcError as error:
                refused = error
                continue
            if (said.params, said.macs, said.flops) != (found.params, found.macs, found.flops):
                why = f"at {other} it has {found.macs:,} MACs, and by the symbol {said.macs:,}"
                raise UsageError(Problem(f"{quote(symbol)} cannot stay a symbol", (why,), f"write {size}"))
            break
        else:
            problem = refused.problems[0] if refused else Problem("")
            why = f"{problem.what}: {problem.why[0]}" if problem.why else problem.what
            what = f"{quote(symbol)} cannot stay a symbol: at other sizes the module is another, or none"
            raise UsageError(Problem(what, (why,), f"write {size} in its place"))
