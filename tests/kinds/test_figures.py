"""A table of figures for each kind, from sources that are not us: a YAML file for each family.

A row is `{layer: conv2d out_channels=6 kernel_size=5, input: 1x32x32, output: 6x28x28, params: 156,
source: ...}`. Axes other than the usual ones of a rank are named, `input: {C: 16, T: 1000}`; a layer that
reads several inputs has a list of them. Figures that a source gives as a formula are worked out in the
row's source, in its own terms.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from archcalc import calc
from archcalc.register import kinds

ROWS = [
    row
    for file in sorted(Path(__file__).parent.glob("*.yaml"))
    for row in yaml.safe_load(file.read_text(encoding="utf-8"))
]
QUANTITIES = ("params", "fixed", "connections", "neurons", "macs", "flops")


def shape(given):
    """The sizes of `3x32x32`, 84, or the named axes of a map."""
    if isinstance(given, dict):
        return given
    return tuple(int(size) for size in str(given).split("x"))


def sizes(given):
    return tuple(given.values()) if isinstance(given, dict) else shape(given)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['layer']} {row['source']}"[:70] for row in ROWS])
def test_figures(row):
    row = dict(row)
    op, *fields = row.pop("layer").split()
    inputs, output, source = row.pop("input"), row.pop("output"), row.pop("source")
    written = dict(field.split("=") for field in fields)
    lists = {key: value.strip("[]").split(",") for key, value in written.items() if value.startswith("[")}
    found = calc(op, *map(shape, inputs if isinstance(inputs, list) else [inputs]), **(written | lists))
    assert tuple(found.output) == sizes(output), source
    assert row.keys() <= set(QUANTITIES)
    for quantity, figure in row.items():
        assert getattr(found, quantity) == figure, source


def test_every_kind_has_a_row():
    assert {row["layer"].split()[0] for row in ROWS} == {kind.op for kind in kinds()}


def test_every_row_has_a_source():
    assert all(len(row["source"]) > 8 for row in ROWS)
