"""archcalc beside other tools, in one run: whole processes, analyses in process, and memory.

    python benchmarks/peers.py            measure, and print the tables
    python benchmarks/peers.py --quick    one round only, on a disk that may be cold
    python benchmarks/peers.py --docs     measure, and write docs/benchmarks.md and its plot
    python benchmarks/peers.py lenet5     that network alone; the others are resnet50 and chain

Measured are the tools that are installed (docs/peers.md), on LeNet-5, ResNet-50 and a chain of 1,000
layers. Whole processes run in turn, so that a slow moment of the machine falls on all of them; archcalc's
prints its report, another tool's ends when it has its totals. In process, PyTorch's networks are built
already, and archcalc is given a text that it has not seen before.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from itertools import count
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(ROOT, "tests", "peers"), HERE]

if TYPE_CHECKING:
    from collections.abc import Callable

    from nets import Net

NETS = {"lenet5": "LeNet-5", "resnet50": "ResNet-50", "chain": "1,000 layers"}
US, OURS, ONNX = "archcalc", "archcalc on .onnx", "onnx-tool"
BUILDING = ("torchinfo", "fvcore", "thop", "ptflops", "ptflops-aten", "calflops", "deepspeed", "torch")
"""The tools that need a network built."""

REPORT = "from archcalc.cli import main\nassert main(['report', {0!r}]) == 0"
CODE = {
    US: REPORT,
    OURS: REPORT,
    ONNX: "import onnx_tool\nm = onnx_tool.Model({0!r})\nm.graph.shape_infer()\nm.graph.profile()",
}
"""What a process does with a file that is ready; others call `once`."""
PEAK = """
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
HERE_TOO = f"import sys\nsys.path.insert(0, {HERE!r})\nimport peers\n"


class Cost(NamedTuple):
    """What a tool takes for a network: a whole process, its memory in MiB, and an analysis in process."""

    whole: float
    memory: float
    inside: float


def chain(layers: int = 1000) -> Net:
    """3x3 convolutions of eight maps, and a rectifier behind each."""
    from nets import Net

    def build() -> object:
        from torch import nn

        pairs = ((nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()) for _ in range(layers // 2))
        return nn.Sequential(*(layer for pair in pairs for layer in pair))

    pair = (
        "  - {{name: conv{0}, op: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}\n"
        "  - {{name: relu{0}, op: relu}}\n"
    )
    lines = "".join(map(pair.format, range(layers // 2)))
    return Net((8, 16, 16), build, f"archcalc: 1\nname: chain\ninput: [8, 16, 16]\nlayers:\n{lines}")


def network(name: str) -> Net:
    """A network by the name that it has here."""
    import nets

    nets.without_operators()
    return chain() if name == "chain" else nets.NETS[name]


def once(tool: str, net: str) -> None:
    """Build a network and count it: what the process of a tool that builds does."""
    import tools

    tools.TOOLS[tool].run(network(net))


def export(net: str, path: str) -> None:
    """Write a network in ONNX."""
    import tools

    tools.export(network(net), path)


def again(tool: str, net: str, path: str) -> None:
    """Print the median seconds of an analysis in a process that has done it before."""
    run, times = analysis(tool, net, path), []
    until = time.perf_counter() + 2
    while len(times) < 5 or (len(times) < 100 and time.perf_counter() < until):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(median(times[1:]))


def analysis(tool: str, net: str, path: str) -> Callable[[], object]:
    """An analysis by a tool, all that it may keep at hand."""
    if tool == US:
        from archcalc import load
        from archcalc.spec import find

        text, number = find(path).text, count()
        return lambda: load(f"{text}\n# {next(number)}\n").macs
    if tool == OURS:
        from archcalc import load

        return lambda: load(path).macs
    if tool == ONNX:
        code = compile(CODE[ONNX].format(path), path, "exec")
        return lambda: exec(code, {})  # a text of ours
    import tools
    import torch

    given = network(net)
    with torch.device("meta" if tool == "torch" else "cpu"):
        model = given.build()
    given = given._replace(build=lambda: model)
    return lambda: tools.TOOLS[tool].run(given)


def process(code: str) -> tuple[float, str]:
    """Seconds of one process from start to end, and what it printed last."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    start = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
    seconds = time.perf_counter() - start
    if ran.returncode:
        sys.exit(ran.stderr)
    return seconds, (ran.stdout.split() or [""])[-1]


def installed() -> list[str]:
    """The tools that can be measured here."""
    from importlib.metadata import PackageNotFoundError, version

    import tools

    found = [US]
    for name in (OURS, ONNX, *BUILDING):
        try:
            for needed in ("torch", "torchvision", tools.TOOLS[ONNX if name == OURS else name].distribution):
                version(needed)
        except PackageNotFoundError as error:
            print(f"{name} is not measured: {error.name} is not installed", file=sys.stderr)
        else:
            found.append(name)
    return found


def files(folder: str, tools: list[str]) -> dict[tuple[str, str], str]:
    """What is read of each network, by tool and network: a spec, and an exported file."""
    found = {}
    for net in NETS:
        spec = network(net).spec
        found[US, net] = spec
        if "\n" in spec:
            found[US, net] = path = os.path.join(folder, f"{net}.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(spec)
        if ONNX in tools:
            found[OURS, net] = found[ONNX, net] = path = os.path.join(folder, f"{net}.onnx")
            process(f"{HERE_TOO}peers.export({net!r}, {path!r})")
    return found


def measured(rounds: int) -> dict[tuple[str, str], Cost]:
    """What each tool takes for each network: medians of so many rounds."""
    tools = installed()
    wholes: dict[tuple[str, str], list[tuple[float, str]]] = {
        (tool, net): [] for net in NETS for tool in tools
    }
    with tempfile.TemporaryDirectory() as folder:
        read = files(folder, tools)
        for turn in range(rounds + (rounds > 1)):
            for (tool, net), ran in wholes.items():
                own = f"{HERE_TOO}peers.once({tool!r}, {net!r})"
                found = process(CODE[tool].format(read[tool, net]) + PEAK if tool in CODE else own + PEAK)
                if turn or rounds == 1:  # the first warms the disk
                    ran.append(found)
        return {
            (tool, net): Cost(
                median(seconds for seconds, _ in ran),
                median(int(kib) / 1024 for _, kib in ran),
                float(process(f"{HERE_TOO}peers.again({tool!r}, {net!r}, {read.get((tool, net))!r})")[1]),
            )
            for (tool, net), ran in wholes.items()
        }


def digits(figure: float) -> str:
    """A figure with three digits, or two where it is small."""
    return f"{figure:,.0f}" if figure >= 99.5 else f"{figure:.1f}" if figure >= 9.95 else f"{figure:.2f}"


def table(costs: dict[tuple[str, str], Cost], net: str) -> list[str]:
    """One network's table in Markdown: what each tool takes, and how many times as much as archcalc."""
    ours = costs[US, net]
    lines = [
        "| tool | whole process, s | times | peak memory, MiB | times | in process, ms | times |",
        "|:--|--:|--:|--:|--:|--:|--:|",
    ]
    for (tool, each), cost in costs.items():
        if each == net:
            cells = (cost.whole, cost.memory, cost.inside * 1e3)
            ratios = (theirs / own for theirs, own in zip(cost, ours, strict=True))
            both = (f"{digits(cell)} | {digits(ratio)}" for cell, ratio in zip(cells, ratios, strict=True))
            lines.append(f"| {tool} | {' | '.join(both)} |")
    return lines


def write_docs(costs: dict[tuple[str, str], Cost]) -> None:
    """Put the tables into docs/benchmarks.md, and its plot beside it."""
    from dots import plot

    page = os.path.join(ROOT, "docs", "benchmarks.md")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    tables = "\n\n".join(f"## {title}\n\n" + "\n".join(table(costs, net)) for net, title in NETS.items())
    text = re.sub(r"(?<=<!-- tables -->\n).*(?=\n<!-- end -->)", lambda _: tables, text, flags=re.DOTALL)
    with open(page, "w", encoding="utf-8") as file:
        file.write(text)
    rows = {tool: [costs[tool, net].whole for net in NETS] for tool, _ in costs}
    with open(os.path.join(ROOT, "docs", "benchmarks.svg"), "w", encoding="utf-8") as file:
        file.write(plot("Seconds from the command to the last figure", tuple(NETS.values()), rows))


def main() -> None:
    """Measure, and print or write."""
    for net in [net for net in NETS if net not in sys.argv and set(NETS) & set(sys.argv)]:
        del NETS[net]
    costs = measured(1 if "--quick" in sys.argv else 5)
    for net, title in NETS.items():
        print(f"\n{title}\n")
        print("\n".join(table(costs, net)))
    if "--docs" in sys.argv:
        write_docs(costs)


if __name__ == "__main__":
    main()
