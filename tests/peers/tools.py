"""Run one tool on every network, in a process of its own, and print what it says as JSON.

    python tests/peers/tools.py fvcore

    {"version": "0.1.5.post20221221", "nets": {"lenet5": {"params": 61706, "macs": 416520, ...}}}

Each tool is called as its own README calls it. `parts` are its figures of single modules, `ops` those of
kinds of operations, where it tells them. What a tool prints itself comes before.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import sys
import tempfile
import warnings
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from nets import KERAS, NETS, TIMM, TORCHVISION, UNITS, without_operators

if TYPE_CHECKING:
    from collections.abc import Callable

    from nets import Net

Said = dict[str, Any]  # params, macs or flops, and parts or ops


def example(net: Net) -> Any:
    import torch

    return torch.zeros(1, *net.shape, dtype=torch.int64 if net.tokens else torch.float32)


def torchinfo(net: Net) -> Said:
    import torchinfo as tool

    found = tool.summary(net.build(), input_data=example(net), verbose=0)
    leaves = [layer for layer in found.summary_list if layer.is_leaf_layer]
    return {
        "params": found.total_params,
        "macs": found.total_mult_adds,
        "parts": [int(layer.macs) for layer in leaves],
    }


def fvcore(net: Net) -> Said:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    model = net.build().eval()
    found = FlopCountAnalysis(model, example(net)).unsupported_ops_warnings(enabled=False)
    found.uncalled_modules_warnings(enabled=False)
    each = found.by_module()
    return {
        "params": parameter_count(model)[""],
        "macs": found.total(),
        "parts": [
            each[name] - sum(each[f"{name}.{child}".lstrip(".")] for child, _ in module.named_children())
            for name, module in model.named_modules()
        ],
        "ops": dict(found.by_operator()),
    }


def thop(net: Net) -> Said:
    from thop import profile

    macs, params = profile(net.build(), (example(net),), verbose=False)
    return {"params": params, "macs": macs}


def ptflops(net: Net, backend: str = "pytorch") -> Said:
    from ptflops import get_model_complexity_info

    model = net.build()
    given = next(iter(inspect.signature(model.forward).parameters))
    macs, params = get_model_complexity_info(
        model,
        net.shape,
        input_constructor=lambda _: {given: example(net)},
        as_strings=False,
        print_per_layer_stat=False,
        backend=backend,
    )
    return {"params": params, "macs": macs}


def ptflops_aten(net: Net) -> Said:
    return ptflops(net, "aten")


def calflops(net: Net) -> Said:
    import torch
    from calflops import calculate_flops

    model = net.build()
    model.register_parameter(
        "none", torch.nn.Parameter(torch.empty(0))
    )  # it asks the first one for its device
    flops, macs, params = calculate_flops(
        model, args=[example(net)], print_results=False, output_as_string=False
    )
    return {"params": params, "macs": macs, "flops": flops}


def deepspeed(net: Net) -> Said:
    from deepspeed.profiling.flops_profiler import FlopsProfiler

    model = net.build().eval()
    tool = FlopsProfiler(model)
    tool.start_profile()
    model(example(net))
    ops: Counter[str] = Counter()
    for module in model.modules():
        ops[type(module).__name__] += module.__flops__
    found = {
        "params": tool.get_total_params(),
        "macs": tool.get_total_macs(),
        "flops": tool.get_total_flops(),
        "ops": ops,
    }
    tool.end_profile()
    return found


def flop_counter(net: Net, device: str = "cpu") -> Said:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device(device):
        model = net.build().eval()
        with FlopCounterMode(display=False) as tool:
            model(example(net))
    return {
        "flops": tool.get_total_flops(),
        "ops": {str(op): n for op, n in tool.get_flop_counts()["Global"].items()},
    }


def flop_counter_meta(net: Net) -> Said:
    return flop_counter(net, "meta")


def export(net: Net, path: str) -> None:
    """Write a network as PyTorch's older exporter does, with numbers as if it were trained."""
    import torch

    model = net.build().eval()
    for number in (*model.parameters(), *model.buffers()):
        if number.is_floating_point():  # tensors alike, as the zeros of fresh biases, are stored once
            torch.nn.init.uniform_(number, 0.5, 1.5)
    torch.onnx.export(model, (example(net),), path, dynamo=False, opset_version=17)


def onnx_tool(net: Net) -> Said:
    import onnx_tool as tool

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.onnx")
        export(net, path)
        graph = tool.Model(path).graph
        read = archcalc_reads(path)
    graph.shape_infer()
    graph.profile()
    ops: Counter[str] = Counter()
    for node in graph.nodemap.values():
        ops[node.op_type] += int(node.macs[0])
    return {"params": int(graph.params), "macs": int(graph.macs[0]), "ops": ops, "read": read}


def archcalc_reads(path: str) -> Said:
    """The same file read by archcalc and counted by its preset; what it says where it cannot."""
    from archcalc import errors, load

    try:
        count = load(path).count("onnx-tool")
    except errors.ArchcalcError as error:
        return {"error": str(error)}
    return {"params": count.params, "macs": count.macs}


def timm(net: Net) -> Said:
    """Its benchmark.py counts with fvcore."""
    return fvcore(net)


def torchvision(net: Net) -> Said:
    """No run: it prints figures beside its weights."""
    meta = net.build().meta
    return {"params": meta["num_params"], "printed": f"{meta['_ops']:.3f}G"}


def keras(net: Net) -> Said:
    return {"params": net.build().count_params()}


class Tool(NamedTuple):
    """The distribution whose version counts, how it is run, and on what."""

    distribution: str
    run: Callable[[Net], Said]
    nets: dict[str, Net] = NETS | UNITS


TOOLS = {
    "torchinfo": Tool("torchinfo", torchinfo),
    "fvcore": Tool("fvcore", fvcore),
    "thop": Tool("thop", thop),
    "ptflops": Tool("ptflops", ptflops),
    "ptflops-aten": Tool("ptflops", ptflops_aten),
    "calflops": Tool("calflops", calflops),
    "deepspeed": Tool("deepspeed", deepspeed),
    "torch": Tool("torch", flop_counter_meta),
    "torch-cpu": Tool("torch", flop_counter),
    "onnx-tool": Tool("onnx-tool", onnx_tool),
    "torchvision": Tool("torchvision", torchvision, TORCHVISION),
    "timm": Tool("timm", timm, TIMM),
    "keras": Tool("keras", keras, KERAS),
}
"""By the names of archcalc's conventions."""


def attempt(run: Callable[[Net], Said], net: Net) -> Said:
    """What a tool says of a network, or how it fails."""
    try:
        return run(net)
    except Exception as error:  # noqa: BLE001 whatever a tool raises is what it has to say
        return {"error": f"{type(error).__name__}: {error}".strip()[:300]}


def main(name: str) -> None:
    """Print the figures of one tool."""
    without_operators()
    os.environ["KERAS_BACKEND"] = "torch"
    warnings.simplefilter("ignore")
    tool = TOOLS[name]
    with contextlib.redirect_stdout(io.StringIO()):
        nets = {each: attempt(tool.run, net) for each, net in tool.nets.items()}
    print(json.dumps({"version": version(tool.distribution), "nets": nets}))


if __name__ == "__main__":
    main(*sys.argv[1:])
