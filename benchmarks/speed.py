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
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from archcalc.analysis import Analysis
from archcalc.graph import build
from archcalc.loading import load
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
BY_FAR = 2  # a limit passed by this much is a mistake, and not the machine's slow moment
REPORT = "import sys; from archcalc.cli import main; sys.exit(main(['report', 'lenet5']))"
COMPLETION = "import sys; from archcalc.cli import main; sys.exit(main(['completion', '--words', {}]))"
TABS = {
    "completion of a network": COMPLETION.format("'report', 'res'"),
    "completion of a layer": COMPLETION.format("'explain', 'resnet18', 'layer1.'"),
}


def processes(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command as a whole process, in turn."""
    commands = {"python -c pass": "pass", "archcalc report, in a pipe": REPORT, **TABS}
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


def deep(rounds: int) -> tuple[float, float]:
    """Seconds to load and analyse ResNet-152: again, and as a text that has not been read before."""
    document = find("resnet152")
    texts = iter([f"{document.text}# {i}\n" for i in range(rounds)])

    def new() -> None:
        Analysis(build(parse(Document(document.name, next(texts), document.path))))

    return least(lambda: load("resnet152"), rounds), least(new, rounds)


def solving(rounds: int) -> tuple[float, float]:
    """Seconds to solve for a width among twenty, and to look at all twenty."""
    net = load("mobilenet_v1")
    widths = [Fraction(n, 20) for n in range(1, 21)]
    claims = ("params <= 5M", "macs <= 300M")
    solved = least(lambda: net.solve({"width": "0.05:1:0.05"}, *claims), rounds)
    return solved, least(lambda: [net.at(width=width).check(*claims) for width in widths], rounds)


LAYERS = (
    "op: conv2d, out_channels: {}, kernel_size: 3, padding: 1, bias: false",
    "op: batch_norm",
    "op: relu",
)


def chain(layers: int) -> str:
    """A chain of convolutions, batch norms and rectifiers, no two convolutions in a row alike."""
    fields = (LAYERS[i % 3].format(8 + i % 97) for i in range(layers))
    lines = "".join(f"  - {{name: l{i}, {field}}}\n" for i, field in enumerate(fields))
    return f"archcalc: 1\nname: chain\ninput: [8, 32, 32]\nlayers:\n{lines}"


def copies(count: int) -> str:
    """A block of a convolution, a norm, a rectifier and a sum, repeated."""
    lines = "".join(f"      - {{name: l{i}, {field.format(8)}}}\n" for i, field in enumerate(LAYERS))
    head = "archcalc: 1\nname: copies\ninput: [8, 32, 32]\nblocks:\n  unit:\n    layers:\n"
    last = "      - {name: sum, op: add, from: [l2, input]}\n"
    return f"{head}{lines}{last}layers:\n  - {{name: s, block: unit, repeat: {count}}}\n"


def whole(text: str, rounds: int = 3) -> float:
    """Seconds to read, build and analyse a text, in a process that has read it before or not."""
    return least(lambda: Analysis(build(parse(Document("text", text)))), rounds)


HUGE = """
import sys, time
sys.path.insert(0, {folder!r})
from speed import Analysis, Document, build, chain, parse
text = chain({layers})
start = time.perf_counter()
net = Analysis(build(parse(Document("chain", text))))
seconds = time.perf_counter() - start
# not the maximum that getrusage tells, which starts at that of the process that this one came from
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, int(peak) / 1024, len(net.rows))
"""


def huge(layers: int) -> tuple[float, float]:
    """Seconds and MiB at most for a chain of so many layers, in a process of its own."""
    code = HUGE.format(folder=os.path.dirname(os.path.abspath(__file__)), layers=layers)
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, memory, _ = map(float, ran.stdout.split())
    return seconds, memory


def main() -> int:
    """Measure and print; the exit status says whether a limit was passed by far."""
    quick = "--quick" in sys.argv
    times = processes(5 if quick else 25)
    floor = median(times["python -c pass"])
    ours = median(times["archcalc report, in a pipe"])
    print("whole process, median            seconds   times python -c pass")
    for name, each in times.items():
        print(f"  {name:<34}{median(each):>7.3f}   {median(each) / floor:.1f}")
    tabs = max(median(times[name]) for name in TABS) / floor
    if "torchinfo on the PyTorch LeNet-5" in times:
        peer = median(times["torchinfo on the PyTorch LeNet-5"])
        print(f"  archcalc is {peer / ours:.0f} times as fast as torchinfo")
    rounds = 100 if quick else 1000
    again, first, yaml = inside(rounds), unread(rounds), events(rounds)
    print(f"load and analyse in process      {again * 1e3:.2f} ms; a new text {first * 1e3:.2f} ms,")
    print(f"                                 of which libyaml's events {yaml * 1e3:.2f} ms")
    again, first = deep(10 if quick else 40)
    print(f"ResNet-152, load and analyse     {again * 1e3:.1f} ms; as a new text {first * 1e3:.1f} ms")
    solved, looked = solving(3 if quick else 10)
    print(f"MobileNet v1, 20 widths          {solved:.3f} s to solve, {looked:.3f} s to look at each")
    sizes = (2500, 5000) if quick else (10_000, 20_000, 40_000)
    grown = [whole(chain(n)) for n in sizes]
    for n, seconds in zip(sizes, grown, strict=True):
        print(f"chain of {n:>6,} layers           {seconds:.2f} s, {seconds / n * 1e6:.0f} µs a layer")
    ratio = max(b / a for a, b in pairwise(grown))
    print(f"twice the layers take            {ratio:.2f} times as long")
    repeated, written = whole(copies(1000)), whole(chain(4000))
    print(
        f"1,000 copies of 4 layers         {repeated:.3f} s, {written / repeated:.1f} times as fast as 4,000"
    )
    if not quick:
        seconds, memory = huge(100_000)
        print(
            f"chain of 100,000 layers          {seconds:.1f} s and {memory:.0f} MiB in a process of its own"
        )
    failed = ours / floor > 20 or tabs > 8 or ratio > 3.5 or repeated > written or solved > BY_FAR * looked
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
