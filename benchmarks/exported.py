"""Export every bundled network, and hold what other frameworks make of it against the reference pass.

At a small size the same seeded tensors go through NumPy and each framework that is installed, layer by
layer, and its own count of parameters is held against ours. At its full size each network is written as
ONNX and as PyTorch source, without weights, read back as a spec, and every row of the analysis is held
against what it was.
Run as `python benchmarks/exported.py`, or with names to try those alone, and `--without keras` to leave a
framework out. Exits with 1 where one differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import archcalc
from archcalc.convert.onnx import read
from archcalc.errors import ArchcalcError
from archcalc.export import testimony
from archcalc.export.onnx import NONE, file
from archcalc.spec.find import bundled

if TYPE_CHECKING:
    from archcalc import Net

SIZES = {"V": 120, "P": 24, "T": 8, "S": 8, "L": 2, "d": 64, "heads": 4, "ff": 96, "narrow": 16, "window": 4}
"""What a network of language, or of tokens, is made small by."""
OWN = {
    "alexnet-v2": {"H": 224, "W": 224},
    "convnext_tiny": {"d": 32, "n3": 3},
    "googlenet-aux": {"H": 96, "W": 96},
    "lstm-zaremba": {"V": 120, "T": 8, "d": 32},
    "roberta-base": {"P": 26},
    "unet": {"H": 188, "W": 188, "width": 8},
    "vit_b_16": {"patch": 16},
}
"""Sizes of single networks, where the usual small ones do not do."""
NARROW = 64  # units of what stands before the classes of AlexNet and VGG


def small(name: str) -> Net:
    """A bundled network at a small size."""
    net = archcalc.load(name)
    if name.startswith(("alexnet", "vgg")):
        net = narrow(net, name)
    symbols = net.graph.symbols
    sizes: dict[str, Any] = {
        word: size for word, size in SIZES.items() if word in symbols and "heads" in symbols
    }
    if symbols.get("H") == 224:
        sizes |= {"H": 64, "W": 64}
    if "kv" in symbols:  # of T5 the numbers of a head, of others heads
        sizes["kv"] = 16 if name.startswith("t5") else 4 if symbols["kv"] == symbols["heads"] else 2
    if symbols.get("width") in (1, 64, 128):
        sizes["width"] = Fraction(symbols["width"], 4)
    if "k" in symbols:
        sizes["k"] = 8
    sizes |= OWN.get(name, {})
    return net.at(**sizes) if sizes else net


def narrow(net: Net, name: str) -> Net:
    """The same network with few units in its first two full layers."""
    wide = [node for node in net.graph.nodes if node.name in ("fc6", "fc7", "fc1", "fc2")]
    fields = [(node.name, "out_channels" if node.layer.op == "conv2d" else "out_features") for node in wide]
    patch = ", ".join(f"{layer}: {{{field}: {NARROW}}}" for layer, field in fields)
    return archcalc.load(f"archcalc: 1\nname: {name}\nextends: {name}\npatch: {{{patch}}}\n")


def heard(net: Net, witness: str) -> tuple[str, bool]:
    """How far apart a framework's numbers are; whether they, and its count of parameters, agree."""
    try:
        found = testimony.hear(net.graph, testimony.named(witness, net.graph))
    except ArchcalcError as error:
        return str(error).partition("\n")[0], False
    return f"{found.apart:.0e}", found.ok


FIGURES = ("output", "params", "fixed", "connections", "neurons", "macs", "flops")


def by_onnx(net: Net, folder: str) -> Net:
    """A network that was written as an ONNX file and read back."""
    path = os.path.join(folder, "net.onnx")
    with open(path, "wb") as out:
        out.write(file(net.graph, weights=NONE))
    return read(path).net()


def by_torch(net: Net, _folder: str) -> Net:
    """A network that was written as PyTorch source, made on the meta device and read back."""
    import torch

    with torch.device("meta"):
        module = net.to_torch()
    indices = net.graph.indices
    shapes = ["x".join(map(str, x)) + ":int" * (name in indices) for name, x in net.graph.inputs.items()]
    return archcalc.from_torch(module, *shapes)


ROADS = {"torch": by_torch, "onnx": by_onnx}


def kept(net: Net, again: Net) -> tuple[str, bool]:
    """Rows that are the same after a network was written and read back."""
    rows = [[str(getattr(row, figure)) for figure in FIGURES] for row in net]
    same = sum(
        ours == [str(getattr(row, figure)) for figure in FIGURES]
        for ours, row in zip(rows, again, strict=False)
    )
    return f"{same} of {len(rows)}", same == len(rows) == len(again)


def main(names: list[str], without: list[str]) -> int:
    """A line for each network, and how many agree."""
    witnesses = [name for name in testimony.WITNESSES if installed(name) and name not in without]
    roads = {name: road for name, road in ROADS.items() if installed(name) or name == "onnx"}
    back = (f"{'back by ' + name:>14}" for name in roads)
    heads = [f"{'network':24}", *(f"{name:>9}" for name in witnesses), *back, f"{'s':>6}"]
    print(" ".join(heads))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            start = time.perf_counter()
            net = small(name)
            said = [heard(net, witness) for witness in witnesses]
            whole = archcalc.load(name)
            backs = [kept(whole, road(whole, folder)) for road in roads.values()]
            fine = all(ok for _, ok in [*said, *backs])
            wrong += not fine
            cells = [*(f"{text:>9}" for text, _ in said), *(f"{text:>14}" for text, _ in backs)]
            took = time.perf_counter() - start
            print(" ".join([f"{name:24}", *cells, f"{took:6.1f}", "" if fine else "✗"]).rstrip(), flush=True)
    print(f"{len(names) - wrong} of {len(names)} agree")
    return 1 if wrong else 0


def installed(name: str) -> bool:
    """Whether a framework is there."""
    from importlib.util import find_spec

    package = {"onnx": "onnxruntime"}.get(name, name)
    return find_spec(package) is not None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="bundled networks; else all")
    parser.add_argument("--without", action="append", default=[], choices=testimony.WITNESSES)
    asked = parser.parse_args()
    every = [name for name in bundled() if not name.startswith("claims/")]
    sys.exit(main(asked.names or every, asked.without))
