"""The wires of a diagram, its ends, and which wires skip what others go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.render.figures import made

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis, Row


class Wire(NamedTuple):
    """From card to card, with the shapes that pass."""

    source: str
    target: str
    shapes: tuple[str, ...]
    skips: bool = False  # whether there is another way, by other cards
    named: bool = True  # whether its shapes are written on it: those of a tensor are written once


class Ends(NamedTuple):
    """Where a diagram begins and where it stops: each end by its key, with what it is called.

    No layer's name has a space, so that no end is taken for one.
    """

    inputs: Mapping[str, str]  # the key for each tensor that comes from outside
    outputs: Mapping[str, str]  # the tensor that goes out for each key
    titles: Mapping[str, str]


def ends(net: Analysis, rows: Sequence[Row], only: str) -> Ends:
    """The inputs and outputs of a network; of a part of it, the layers around."""
    if only:
        return _around(net, rows, only)
    names = {row.name for row in rows}
    inputs, outputs, titles = {}, {}, {}
    given = {"input": net.graph.inputs, "output": made(net)}
    for word, shapes in given.items():
        for name in shapes:
            title = word if len(shapes) == 1 else f"{word} {name}"
            key = f"{title} " if title in names else title
            titles[key] = title
            if word == "input":
                inputs[name] = key
            else:
                outputs[key] = net.graph.outputs[name]
    return Ends(inputs, outputs, titles)


def _around(net: Analysis, rows: Sequence[Row], only: str) -> Ends:
    """What rows read from others, and what others read of them, named to the same depth."""
    own = {node.name for row in rows for node in row.nodes}
    inputs: dict[str, str] = {}
    readers: dict[str, dict[str, None]] = {}
    for node in net.graph.nodes:
        for name in node.inputs:
            if node.name in own and name not in own:
                source = net.graph.by_name.get(name)
                inputs[name] = f"from {source.row if source else name}"
            elif node.name not in own and name in own:
                readers.setdefault(name, {})[".".join(node.row.split(".")[: only.count(".") + 1])] = None
    for name, end in net.graph.outputs.items():
        if end in own:
            readers.setdefault(end, {})[f"output {name}" if len(net.graph.outputs) > 1 else "output"] = None
    outputs: dict[str, str] = {}
    for tensor, found in readers.items():
        shown = ", ".join(list(found)[:2]) + (" …" if len(found) > 2 else "")
        outputs[f"to {shown}"] = tensor
    return Ends(inputs, outputs, {key: key for key in (*inputs.values(), *outputs)})


def skips(order: Sequence[str], pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The wires beside which there is another way, by other cards."""
    after: dict[str, list[str]] = {}
    for source, target in pairs:
        after.setdefault(source, []).append(target)
    rank: dict[str, int] = {}
    for key in _sorted(order, after):
        for target in after.get(key, ()):
            rank[target] = max(rank.get(target, 0), rank.get(key, 0) + 1)
    return {
        (source, target)
        for source, target in pairs
        if rank[target] - rank.get(source, 0) > 1 and _another(source, target, after, rank)
    }


def _sorted(order: Sequence[str], after: dict[str, list[str]]) -> list[str]:
    """The cards, each behind those that it reads."""
    waiting = dict.fromkeys(order, 0)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    ready = [key for key, count in waiting.items() if not count]
    for key in ready:
        for target in after.get(key, ()):
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ready


def _another(source: str, target: str, after: dict[str, list[str]], rank: dict[str, int]) -> bool:
    """Whether a card is reached from another by way of a third."""
    ahead = [key for key in after[source] if key != target]
    met = set(ahead)
    while ahead:
        for key in after.get(ahead.pop(), ()):
            if key == target:
                return True
            if key not in met and rank[key] < rank[target]:
                met.add(key)
                ahead.append(key)
    return False
