"""What a reader of the report should know of a file, beside its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.convert.onnx.reader import Reader


def facts(reader: Reader) -> Iterator[str]:
    """A sentence for each thing that an exporter did to the network, or left open."""
    items = reader.out.items
    folded = sum(item.folded for item in items)
    if folded:
        yield (
            f"The exporter folded batch norms into {_several(folded, 'convolution')}: gains and running"
            " statistics are not in the file, and each of these has a bias instead."
        )
    if reader.zeros:
        yield (
            f"The exporter left out biases that are all 0, as before training, from"
            f" {_several(len(reader.zeros), 'layer')}: {sum(reader.zeros):,} parameters are not in the file."
        )
    tied: Any = [
        product(shape)
        for item in items
        for word, shape in (item.layer.weights(*item.xs).items() if item.ties else ())
        if word in item.ties
    ]
    if tied:
        yield (
            f"{sum(tied):,} parameters in {_several(len(tied), 'tensor')} are those of another layer too, and"
            " count once: they are shared, or were equal when the file was written."
        )
    if reader.ops["DequantizeLinear"] or reader.ops["MatMulNBits"]:
        yield "The file is quantised; it is counted as what it computes in full numbers."
    symbols = reader.out.symbols
    left = ", ".join(f"{name} is {symbols[name]}" for name in reader.opened if name in symbols)
    if left:
        yield f"The file leaves sizes open; where nobody says, {left}."


def _several(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
