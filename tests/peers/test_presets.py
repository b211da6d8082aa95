"""Other tools, really run: on the same networks, a preset says what its tool says, to the unit.

Each tool runs in a process of its own, which builds the networks: `tools.py`. The tests of a tool that
is not installed are skipped; `requirements.txt` has them all.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.version import Version

from archcalc import load
from archcalc.conventions import named, presets

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from tools import TOOLS  # noqa: E402 a folder of tests is no package

sys.path.remove(HERE)
pytestmark = pytest.mark.peers
QUANTITIES = ("params", "macs", "flops")
PAIRS = [(tool, net) for tool in TOOLS for net in TOOLS[tool].nets]

FAILING = {
    ("onnx-tool", "rms_norm"): "PyTorch's exporter has no RMSNorm in opset 17",
    ("onnx-tool", "local_response_norm"): "the exporter writes an If, of which the tool has no value",
    ("onnx-tool", "rnn"): "the tool has no rule for RNN",
}
"""Networks on which a tool gives up."""

WRITTEN_OUT = "in PyTorch it is a function that calls others, mean pooling among them, and those are counted"
DIFFERENCES = {
    ("thop", "mobilenet_v2", "macs"): (
        -(62_720 + 1_280),
        "torchvision's last pooling is a function there, and thop sees modules only",
    ),
    ("ptflops", "mobilenet_v2", "macs"): (
        -62_720,
        "torchvision's last pooling is a function there, which is counted once, and a module twice",
    ),
    ("ptflops", "local_response_norm", "macs"): (3 * 256 + 6 * 64, WRITTEN_OUT),
    ("calflops", "local_response_norm", "flops"): (3 * 256 + 6 * 64, WRITTEN_OUT),
    ("deepspeed", "local_response_norm", "flops"): (3 * 256 + 6 * 64, WRITTEN_OUT),
    ("calflops", "conv_transpose2d", "flops"): (
        6 * 4 * 4 - 6 * 16 * 16,
        "the bias is counted at the places that a convolution would have",
    ),
    ("onnx-tool", "lstm, two layers, both ways", "macs"): (
        -180 * 2 * 5 * 6,
        "of two directions it counts the products, and the gates of one",
    ),
    ("onnx-tool", "vit_b_16", "macs"): (6, "the exporter writes arithmetic on three sizes into the graph"),
}
"""What a tool says less what its preset says, where the tool looks at more than the layer, and why."""

READ_OTHERWISE = {
    "batch_norm without gains": "the exporter writes its gains as constants, which the tool does not count",
    "layer_norm without gains": "the exporter writes its gains as constants, which the tool does not count",
    "dropout": "nothing is left of it in the file",
}
"""Files of which archcalc says something else than onnx-tool."""

ALIKE = {
    "convolutions": "Conv2d aten.convolution Conv conv conv2d depthwise_conv2d",
    "products": "Linear MultiheadAttention aten.addmm aten.bmm aten.mm Gemm linear attention matmul",
    "batch norms": "BatchNorm2d batch_norm",
    "layer norms": "LayerNorm layer_norm LayerNormalization",
    "relu": "ReLU Relu relu",
    "relu6": "ReLU6 Clip relu6",
    "tanh": "Tanh tanh",
    "sigmoid": "Sigmoid sigmoid",
    "gelu": "GELU gelu",
    "max pooling": "MaxPool2d MaxPool max_pool2d",
    "mean pooling": "AvgPool2d AdaptiveAvgPool2d AveragePool GlobalAveragePool adaptive_avg_pool2d avg_pool2d"
    " global_avg_pool2d MobileNetV2",  # whose last pooling is no module
    "sums": "Add add",
}
"""What a tool, PyTorch or archcalc calls one thing."""


def run(name):
    ran = subprocess.run(
        [sys.executable, os.path.join(HERE, "tools.py"), name],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # two run at a time
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])  # PyTorch's exporter prints before it


def absent(name):
    """A package that a tool needs and that is not installed."""
    counting = ("fvcore",) if name == "timm" else ()
    for distribution in ("torch", "torchvision", TOOLS[name].distribution, *counting):
        try:
            version(distribution)
        except PackageNotFoundError:
            return distribution
    return None


@pytest.fixture(scope="session")
def said():
    """What a tool says, found once: `said("fvcore")`. Two run at a time."""
    pool = ThreadPoolExecutor(2)
    running = {name: pool.submit(run, name) for name in TOOLS if not absent(name)}

    def of(name):
        if name not in running:
            pytest.skip(f"{absent(name)} is not installed: see docs/peers.md")
        return running[name].result()

    yield of
    pool.shutdown(cancel_futures=True)


def drift(name, found):
    """For a failure: the version that the preset was read from, and the one that ran."""
    return f"the preset {name} was read from {named(name).version}; {found['version']} ran"


def figures(tool, net):
    """The figures of the preset."""
    return load(TOOLS[tool].nets[net].spec).count(tool)


def grouped(figures):
    """Figures by what is counted, zeros left out."""
    groups = {word: group for group, words in ALIKE.items() for word in words.split()}
    found = Counter()
    for word, figure in figures:
        if figure:
            found[groups.get(word, word)] += figure
    return dict(found)


def test_every_tool_has_a_preset_and_every_preset_of_a_tool_is_run():
    assert {name for name in presets() if named(name).tool} == set(TOOLS)


def test_the_versions_that_are_installed_to_be_run_are_the_versions_read():
    with open(os.path.join(HERE, "requirements.txt"), encoding="utf-8") as file:
        pins = dict(line.strip().split("==") for line in file if "==" in line)
    with open(os.path.join(HERE, os.pardir, os.pardir, ".ci", "run"), encoding="utf-8") as file:
        torch = re.search(r"torch==([\d.]+)\.\*", file.read())[1]
    read = {tool.distribution: named(name).version for name, tool in TOOLS.items()}
    assert read.pop("torch").rpartition(".")[0] == torch
    assert {name: pins[name] for name in read} == read


@pytest.mark.parametrize("tool", TOOLS)
def test_the_version_that_runs_is_the_version_read(said, tool):
    found = said(tool)
    assert Version(found["version"]).public == named(tool).version, drift(tool, found)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_fails_where_it_is_known_to(said, tool):
    failing = {net: told["error"] for net, told in said(tool)["nets"].items() if "error" in told}
    assert set(failing) == {net for each, net in FAILING if each == tool}, failing


@pytest.mark.parametrize(("tool", "net"), [pair for pair in PAIRS if pair not in FAILING])
def test_a_preset_says_what_its_tool_says(said, tool, net):
    found = said(tool)
    theirs = {q: n for q, n in found["nets"][net].items() if q in QUANTITIES}
    count = figures(tool, net)
    ours = {q: getattr(count, q) + DIFFERENCES.get((tool, net, q), (0,))[0] for q in theirs}
    assert ours == theirs, drift(tool, found)


@pytest.mark.parametrize("net", TOOLS["torchvision"].nets)
def test_and_what_is_printed_beside_weights(said, net):
    found = said("torchvision")
    count = figures("torchvision", net)
    assert f"{count.macs / 10**9:.3f}G" == found["nets"][net]["printed"], drift("torchvision", found)


@pytest.mark.parametrize("net", [net for net in TOOLS["onnx-tool"].nets if ("onnx-tool", net) not in FAILING])
def test_and_of_the_exported_file_when_archcalc_reads_it(said, net):
    found = said("onnx-tool")
    theirs = found["nets"][net]
    if net in READ_OTHERWISE:
        assert theirs["read"] != {q: theirs[q] for q in ("params", "macs")}, READ_OTHERWISE[net]
        return
    less = DIFFERENCES.get(("onnx-tool", net, "macs"), (0,))[0]
    assert theirs["read"] == {"params": theirs["params"], "macs": theirs["macs"] - less}, drift(
        "onnx-tool", found
    )


@pytest.mark.parametrize("net", TOOLS["fvcore"].nets)
@pytest.mark.parametrize("tool", ["torchinfo", "fvcore"])
def test_and_of_every_module(said, tool, net):
    found = said(tool)
    ours = sorted(row.macs for row in figures(tool, net).parts.values() if row.macs)
    assert ours == sorted(n for n in found["nets"][net]["parts"] if n), drift(tool, found)


@pytest.mark.parametrize(
    ("tool", "net"),
    [
        (tool, net)
        for tool in ("fvcore", "deepspeed", "torch", "torch-cpu", "onnx-tool")
        for net in ("lenet5", "d2l", "alexnet", "resnet50", "mobilenet_v2", "vit_b_16")
        if (tool, net) != ("onnx-tool", "vit_b_16")  # attention is many operations there
    ],
)
def test_and_of_every_kind_of_operation(said, tool, net):
    found = said(tool)
    count = figures(tool, net)
    quantity = "flops" if count.flops is not None else "macs"
    ours = grouped((row.nodes[0].layer.op, getattr(row, quantity)) for row in count.parts.values())
    assert ours == grouped(found["nets"][net]["ops"].items()), drift(tool, found)
