"""The rules, a file for each family of kinds; importing this enters all of them."""

from archcalc.export.onnx.kinds import (
    arithmetic,
    attention,
    bends,
    convolutions,
    dense,
    embeddings,
    joins,
    moves,
    norms,
    pools,
    recurrent,
)

__all__ = [
    "arithmetic",
    "attention",
    "bends",
    "convolutions",
    "dense",
    "embeddings",
    "joins",
    "moves",
    "norms",
    "pools",
    "recurrent",
]
