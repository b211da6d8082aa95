"""Feed damaged specs to the reader of YAML and to the builder: each is a network, or one clear error.

    pip install atheris
    python tests/fuzz/specs.py corpus -runs=1000000 -max_len=256

Not run by pytest. What it finds is replayed by `test_spec.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archcalc.spec", "archcalc.graph"]):
    from archcalc.graph import build, complaints, repeats
    from archcalc.spec import parse
    from archcalc.spec.node import Document
from archcalc import layers
from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError

complaints.MOST = repeats.MOST = 2_000  # layers: a large network is no mistake, and takes its time


def read(data: bytes) -> None:
    """What `archcalc report` does with a file; one in 16 is built, which takes most of the time."""
    try:
        spec = parse(Document("fuzz.yaml", data.decode("utf-8", "replace")))
        if sum(data) % 16 == 0:
            assert isinstance(Analysis(build(spec)).total.params, int)
    except ArchcalcError as error:
        assert str(error).strip()


LENET = """archcalc: 1
name: x
symbols: {H: 32, n: 2}
input: [1, H, 32]
layers:
  - {name: C1, op: conv2d, out_channels: 6, kernel_size: 5, activation: tanh}
  - {name: S2, op: avg_pool2d, kernel_size: 2}
  - {name: F, op: flatten}
  - {name: f6, op: linear, out_features: 2*n}
expect:
  - {at: total, params: 5000}
"""
BLOCKS = """archcalc: 1
name: y
input: {shape: [8], dtype: int}
blocks:
  b:
    args: {w: required, s: 1}
    layers:
      - {name: l, op: linear, out_features: w, when: s == 1}
      - {name: a, op: add, from: [input, l]}
layers:
  - {name: e, op: embedding, num_embeddings: 9, embedding_dim: 4}
  - &x {name: m, block: b, with: {w: e.C}, repeat: 3}
  - {name: o, op: linear, out_features: 9, tie: {weight: e.weight}}
"""
PARTS = [
    "archcalc: 1\nextends: lenet5\npatch: {C3: {table: full}}\n",
    "a: !!python/object:x {}\n",
    "- [[[[]]]]\n",
    "? x\n: y\n",
]


def seed(folder: Path) -> None:
    """Small specs to begin with."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate([LENET, BLOCKS, *PARTS]):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    layers.load_all()
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        seed(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
