"""How fast a report is, in one run: the whole process, the library, and how time grows with layers.

    python benchmarks/speed.py            measure, print ratios
    python benchmarks/speed.py --quick    fewer rounds; exit 1 where a limit is passed by far

Whole processes are run in turn, so that a slow moment of the machine falls on all of them. torchinfo
is measured on the same network where it is installed.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import time
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis import Analysis
from archcalc.graph import build
from archcalc.spec import find, parse
from archcalc.spec.node import Document

if TYPE_CHECKING:
    from collections.abc import Callable

TORCHINFO = """
import torch, torchinfo
from torch import nn
net = nn.Sequential(
    nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
    nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
print(torchinfo.summary(net, (1, 1, 32, 32)))
"""
REPORT = "import sys; from archcalc.cli import main; sys.exit(main(['report', 'lenet5']))"


def processes(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command as a whole process, in turn."""
    commands = {"python -c pass": "pass", "archcalc report, in a pipe": REPORT}
    if importlib.util.find_spec("torchinfo") and importlib.util.find_spec("torch"):
        commands["torchinfo on the PyTorch LeNet-5"] = TORCHINFO
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, code in commands.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
            if turn:  # the first warms the disk
                times[name].append(time.perf_counter() - start)
    return times


def inside(rounds: int) -> float:
    """Seconds to load and analyse LeNet-5 in a process that has done it before."""
    return least(lambda: Analysis(build(parse(find("lenet5")))), rounds)


def unread(rounds: int) -> float:
    """The same for a text that has not been read before."""
    text = find("lenet5").text
    texts = iter([f"{text}# {i}\n" for i in range(rounds)])
    return least(lambda: Analysis(build(parse(Document("lenet5", next(texts))))), rounds)


def events(rounds: int) -> float:
    """Seconds that libyaml takes for the same text, and nothing else."""
    import yaml

    text = find("lenet5").text

    def read() -> None:
        following = yaml.CBaseLoader(text).get_event
        while type(following()).__name__ != "StreamEndEvent":
            pass

    return least(read, rounds)


def least(function: Callable[[], object], rounds: int) -> float:
    """The shortest of many runs: what the work takes when nothing else is in the way."""
    times = []
    for _ in range(rounds):
        gc.collect(0)
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def chain(layers: int) -> float:
    """Seconds to read, build and analyse a chain of convolutions."""
    lines = "".join(
        f"  - {{name: c{i}, op: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}\n"
        for i in range(layers)
    )
    text = f"archcalc: 1\nname: chain\ninput: [8, 32, 32]\nlayers:\n{lines}"
    return least(lambda: Analysis(build(parse(Document("chain", text)))), 3)


def main() -> int:
    """Measure and print; the exit status says whether a limit was passed by far."""
    quick = "--quick" in sys.argv
    times = processes(5 if quick else 25)
    floor = median(times["python -c pass"])
    ours = median(times["archcalc report, in a pipe"])
    print("whole process, median            seconds   times python -c pass")
    for name, each in times.items():
        print(f"  {name:<34}{median(each):>7.3f}   {median(each) / floor:.1f}")
    if len(times) > 2:
        peer = median(times["torchinfo on the PyTorch LeNet-5"])
        print(f"  archcalc is {peer / ours:.0f} times as fast as torchinfo")
    rounds = 100 if quick else 1000
    again, first, yaml = inside(rounds), unread(rounds), events(rounds)
    print(f"load and analyse in process      {again * 1e3:.2f} ms; a new text {first * 1e3:.2f} ms,")
    print(f"                                 of which libyaml's events {yaml * 1e3:.2f} ms")
    sizes = (2500, 5000) if quick else (10_000, 20_000, 40_000)
    grown = [chain(n) for n in sizes]
    for n, seconds in zip(sizes, grown, strict=True):
        print(f"chain of {n:>6,} convolutions     {seconds:.2f} s, {seconds / n * 1e6:.0f} µs a layer")
    ratio = max(b / a for a, b in pairwise(grown))
    print(f"twice the layers take            {ratio:.2f} times as long")
    return 1 if ours / floor > 20 or ratio > 3.5 else 0


if __name__ == "__main__":
    sys.exit(main())
