"""The forward pass at real size beside PyTorch's: ResNet-50 at 224 in 32 bits, weights drawn before.

    python benchmarks/forward.py    measure, print milliseconds and ratios; exit 1 past the limit by far

Both run one example in turn in one process, PyTorch eagerly on as many threads as NumPy's product has.
Skipped where torch is not installed.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import tracemalloc
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from archcalc import forward, load, swift

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 2  # times PyTorch
BY_FAR = 2  # times the limit, on a machine that has other things to do


def timed(run: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    """Measure and print."""
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed, and there is nothing to compare with")
        return 0
    import torch

    net = load("resnet50")
    graph = net.graph
    tensors = {
        name: {word: array.astype(np.float32) for word, array in own.items()}
        for name, own in forward.tensors(graph).items()
    }
    x = forward.examples(graph)["input"].astype(np.float32)
    model, given = net.to_torch().eval(), torch.from_numpy(x)[None]

    def theirs() -> object:
        with torch.inference_mode():
            return model(given)

    roads = {"archcalc": lambda: swift.infer(graph, x, tensors), "PyTorch": theirs}
    times: dict[str, list[float]] = {name: [] for name in roads}
    for turn in range(12):
        for name, run in roads.items():
            found = timed(run)
            if turn > 1:
                times[name].append(found)
    ours, others = median(times["archcalc"]), median(times["PyTorch"])
    for name, found in times.items():
        print(f"{name:<9} {median(found):7.1f} ms   (least {min(found):.1f})")
    least = min(times["archcalc"]) / min(times["PyTorch"])
    print(f"archcalc takes {ours / others:.2f} times as long, {least:.2f} at the least (limit {LIMIT})")
    tracemalloc.start()
    swift.infer(graph, x, tensors)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    wanted = swift.need(graph, given=True).bytes
    print(f"memory    {peak / 2**20:.1f} MiB beside the weights; {wanted / 2**20:.1f} MiB were announced")
    return int(ours > LIMIT * BY_FAR * others or peak > wanted + 2**20)


if __name__ == "__main__":
    sys.exit(main())
