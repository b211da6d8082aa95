"""What a layer does, in the words of somebody who explains it for the first time.

Kinds without a sentence here say what their own definition says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archcalc.analysis import Row
    from archcalc.graph import Node


def does(rows: Iterable[Row]) -> list[str]:
    """What each layer does with what it reads, then what is folded into it; nothing is said twice."""
    said: set[str] = set()
    found = []
    for row in rows:
        sentences = []
        for node in row.nodes:
            text = _sentence(node)
            again = text in said and len(row.nodes) > 1 and node not in row.nodes[:1]
            sentences.append(f"Then {node.layer.label()}, as before." if again else text)
            said.add(text)
        found.append(" ".join(filter(None, sentences)))
    return found


def made_of(row: Row) -> str:
    """What a block is made of."""
    ops = dict.fromkeys(node.layer.op for node in row.nodes)
    return f"A block of {', '.join(ops)}."


def _sentence(node: Node) -> str:
    found = SENTENCES.get(node.layer.op)
    if found:
        return found(node)
    lines = (type(node.layer).__doc__ or "").strip().splitlines()
    return f"{node.layer.op}: {lines[0]}" if lines else ""


def _by(sides: Any) -> str:
    return "x".join(f"{side}" for side in sides)


def _window(node: Node) -> str:
    return _by(axis.kernel for axis in node.layer.window() or ())


def some(count: Any, word: str) -> str:
    """A number of something."""
    return f"{count:,} {word}{getattr(count, 'plural', 's' * (count != 1))}"


def _conv(node: Node) -> str:
    maps = f"the {some(node.x[0], 'map')}"
    over = f"over {maps} of {_by(node.x[1:])} that it reads" if node.x[1:] else f"over {maps}"
    table = getattr(node.layer, "table", None) or ()
    alone = ", and no two see the same" if len(set(table)) == len(table) else ""
    sees = f" Each sees only the maps that its table lists{alone}." if table else ""
    gives = f"each gives one map of {_by(node.y[1:])}, a number for each place of its window."
    return f"{some(node.y[0], 'filter')} of {_window(node)} slide {over}; {gives}{sees}"


def _depthwise(node: Node) -> str:
    return f"Each of the {some(node.x[0], 'map')} is filtered on its own, by a window of {_window(node)}."


def _pool(what: str) -> Callable[[Node], str]:
    def said(node: Node) -> str:
        sizes = f"{_by(node.x[1:])} becomes {_by(node.y[1:])}"
        return f"Makes each of the {some(node.x[0], 'map')} smaller: {what.format(_window(node))}. {sizes}."

    return said


def _linear(node: Node) -> str:
    bias = ", plus a bias" if "bias" in node.layer.weights(*node.xs) else ""
    return (
        f"{some(node.y[-1], 'unit')}, each a weighted sum of all {node.x[-1]:,} numbers that it reads{bias}."
    )


def _rbf(node: Node) -> str:
    return (
        f"{some(node.y[-1], 'unit')}, one for each class: each measures how far the {node.x[-1]:,} numbers"
        " are from a pattern that stands for the class. The nearest is the answer."
    )


def _flatten(node: Node) -> str:
    return f"All that it reads is written out as one list of {product(node.x):,} numbers."


def _attention(node: Node) -> str:
    heads = node.layer.num_heads  # type: ignore[attr-defined]
    return f"{some(heads, 'head')}: at each of the {node.x[0]:,} places, a head mixes what stands at all places, by how well they match."  # noqa: E501  (one sentence)


def _embedding(node: Node) -> str:
    return f"Each token becomes {node.y[-1]:,} numbers of its own, out of a table that is learned."


def _position(node: Node) -> str:
    return f"Each of the {node.y[0]:,} places has {node.y[-1]:,} numbers of its own, out of a table that is learned."  # noqa: E501  (one sentence)


def _plain(text: str) -> Callable[[Node], str]:
    return lambda _: text


_BENT = "so that layers on one another can do more than one of them."
SENTENCES: dict[str, Callable[[Node], str]] = {
    "conv2d": _conv,
    "conv1d": _conv,
    "conv3d": _conv,
    "depthwise_conv2d": _depthwise,
    "subsample2d": _pool("each window of {} is added up, times one weight, plus one bias, for each map"),
    "max_pool2d": _pool("of each window of {} the largest number is kept"),
    "avg_pool2d": _pool("of each window of {} the mean is kept"),
    "global_avg_pool2d": _plain("Of each map its mean is kept: one number."),
    "linear": _linear,
    "rbf": _rbf,
    "flatten": _flatten,
    "attention": _attention,
    "embedding": _embedding,
    "position_embedding": _position,
    "lecun_tanh": _plain(f"Then tanh bends each number to between −1.7 and 1.7, {_BENT}"),
    "tanh": _plain(f"Then tanh bends each number to between −1 and 1, {_BENT}"),
    "sigmoid": _plain(f"Then each number is bent to between 0 and 1, {_BENT}"),
    "relu": _plain("Negative numbers become 0."),
    "relu6": _plain("Negative numbers become 0, and those above 6 become 6."),
    "gelu": _plain("Then negative numbers are held back, smoothly."),
    "silu": _plain("Then negative numbers are held back, smoothly."),
    "softmax": _plain("The numbers become shares that add up to 1."),
    "batch_norm": _plain("The numbers of each map are brought to a common scale."),
    "layer_norm": _plain("At each place the numbers are brought to a common scale."),
    "add": _plain("What its branches give is added, number by number."),
    "concat": _plain("What its branches give is put side by side."),
    "dropout": _plain("While it is trained, some numbers are left out by chance; when it runs, none."),
}
"""A sentence for each op that people meet first, with its sizes in it."""
