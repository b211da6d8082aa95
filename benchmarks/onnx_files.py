"""How fast an ONNX file becomes a table, as a whole process: ResNet-50, and a chain of 5,000 layers.

    python benchmarks/onnx_files.py            measure, print seconds and memory
    python benchmarks/onnx_files.py --quick    fewer rounds; exit 1 where a limit is passed by far

The files are made with the onnx package. onnx-tool is measured on the same files where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from math import prod
from pathlib import Path
from statistics import median

LIMITS = {"resnet50.onnx": (0.4, 100), "chain.onnx": (1.0, 200)}
"""Seconds and MiB that a report may take on an idle machine."""
BY_FAR = 3
REPORT = "import sys; from archcalc.cli import main; main(['report', sys.argv[1]])"
PEER = "import sys, onnx_tool; onnx_tool.model_profile(sys.argv[1])"
MEMORY = "\nimport resource, sys; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"


class Graph:
    """A graph that is being written: nodes, and tensors of zeros."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.tensors: list = []

    def tensor(self, name: str, *dims: int) -> str:
        from onnx import TensorProto, helper

        self.tensors.append(
            helper.make_tensor(name, TensorProto.FLOAT, dims, bytes(4 * prod(dims)), raw=True)
        )
        return name

    def node(self, op: str, inputs: list[str], scope: str, **fields: object) -> str:
        from onnx import helper

        out = f"/{scope.replace('.', '/')}/{op}_output_0"
        self.nodes.append(
            helper.make_node(op, inputs, [out], name=f"/{scope.replace('.', '/')}/{op}", **fields)
        )
        return out

    def conv(self, x: str, scope: str, ins: int, outs: int, kernel: int, stride: int = 1) -> str:
        weight = self.tensor(f"{scope}.conv.weight", outs, ins, kernel, kernel)
        pads = [kernel // 2] * 4
        x = self.node("Conv", [x, weight], f"{scope}.conv", pads=pads, strides=[stride] * 2)
        parts = [self.tensor(f"{scope}.bn.{word}", outs) for word in ("weight", "bias", "mean", "var")]
        return self.node("BatchNormalization", [x, *parts], f"{scope}.bn")

    def save(self, path: Path, x: list[object], y: str) -> None:
        from onnx import TensorProto, helper, save

        given = helper.make_tensor_value_info("x", TensorProto.FLOAT, x)
        made = helper.make_tensor_value_info(y, TensorProto.FLOAT, None)
        save(helper.make_model(helper.make_graph(self.nodes, "g", [given], [made], self.tensors)), path)


def resnet50(path: Path) -> None:
    """ResNet-50, as torchvision has it."""
    graph = Graph()
    x = graph.node("Relu", [graph.conv("x", "stem", 3, 64, 7, 2)], "stem.relu")
    x = graph.node("MaxPool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    ins = 64
    for stage, (copies, width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)]):
        for copy in range(copies):
            scope, stride = f"layer{stage}.{copy}", 2 if stage and not copy else 1
            y = graph.node("Relu", [graph.conv(x, f"{scope}.a", ins, width, 1)], f"{scope}.relu_a")
            y = graph.node("Relu", [graph.conv(y, f"{scope}.b", width, width, 3, stride)], f"{scope}.relu_b")
            y = graph.conv(y, f"{scope}.c", width, 4 * width, 1)
            short = x if copy else graph.conv(x, f"{scope}.short", ins, 4 * width, 1, stride)
            x = graph.node("Relu", [graph.node("Add", [y, short], scope)], f"{scope}.relu")
            ins = 4 * width
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "gap")], "flat")
    x = graph.node(
        "Gemm", [x, graph.tensor("fc.weight", 1000, 2048), graph.tensor("fc.bias", 1000)], "fc", transB=1
    )
    graph.save(path, ["N", 3, 224, 224], x)


def chain(path: Path, count: int = 5000) -> None:
    """Full connections, one after the other."""
    graph, x = Graph(), "x"
    for i in range(count):
        weight, bias = graph.tensor(f"l{i}.weight", 16, 16), graph.tensor(f"l{i}.bias", 16)
        x = graph.node("Gemm", [x, weight, bias], f"l{i}", transB=1)
    graph.save(path, ["N", 16], x)


def measured(code: str, path: Path, rounds: int) -> tuple[float, float]:
    """Seconds, and MiB at the most, of a whole process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    seconds, memory = [], 0
    for turn in range(rounds + 1):
        start = time.perf_counter()
        command = [sys.executable, "-c", code + MEMORY, str(path)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        if turn:  # the first warms the disk
            seconds.append(time.perf_counter() - start)
        memory = max(memory, int(ran.stderr.split()[-1]))
    return median(seconds), memory / 1024


MADE = {"resnet50.onnx": resnet50, "chain.onnx": chain}


def main() -> int:
    """Measure and print; the exit status says whether a limit was passed by far."""
    if "--make" in sys.argv:  # in a process of its own, whose memory is not that of what is measured
        MADE[Path(sys.argv[-1]).name](Path(sys.argv[-1]))
        return 0
    quick = "--quick" in sys.argv
    peer = not quick and importlib.util.find_spec("onnx_tool") is not None
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, (limit, most) in LIMITS.items():
            path = Path(folder) / name
            subprocess.run([sys.executable, __file__, "--make", str(path)], check=True)
            seconds, memory = measured(REPORT, path, 3 if quick else 7)
            size = path.stat().st_size / 2**20
            took = f"{seconds:6.2f} s (limit {limit})   {memory:6.0f} MiB (limit {most})"
            print(f"{name:<16}{size:7.1f} MiB   {took}")
            failed |= seconds > BY_FAR * limit or memory > most
            if peer:
                theirs, more = measured(PEER, path, 3)
                ratio = theirs / seconds
                print(f"{'  onnx-tool':<16}{'':11}   {theirs:6.2f} s, {ratio:.1f} times   {more:6.0f} MiB")
    return 1 if quick and failed else 0


if __name__ == "__main__":
    sys.exit(main())
