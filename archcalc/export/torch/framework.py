"""PyTorch, as its rules and its writer see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.export.source.framework import Framework
from archcalc.export.source.rules import applied
from archcalc.export.torch.attributes import TAKEN

if TYPE_CHECKING:
    from archcalc.export.source.parts import Part

TORCH = Framework(
    "torch",
    "PyTorch",
    functions="torch.",
    layers="nn.",
    axis="dim",
    table="weight",
    block="nn.Module",
    network="nn.Module",
    forward="forward",
    tensor="Tensor",
    chain="nn.Sequential",
    several="nn.ModuleList",
    frozen="{this}.requires_grad_(False)",
    used="torch nn F math Tensor layer watch i",
    taken=TAKEN,
)
writes = TORCH.writes


def behind(found: Part, channels: int) -> Part:
    """A module that wants the channels right behind the batch, where they stand elsewhere."""
    if channels == 1:
        return found
    return applied(found, f"{{this}}({{0}}.movedim({channels}, 1)).movedim(1, {channels})")
