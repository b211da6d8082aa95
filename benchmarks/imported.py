"""Import well-known PyTorch models without weights, and hold each against PyTorch's own counts.

Parameters are those of `parameters()`, tied ones once; MACs half of what `FlopCounterMode` counts on the
meta device, on one example. Run as `python benchmarks/imported.py`, or with names to try those alone.
Exits with 1 where a model disagrees, or where something of it is opaque.
"""

from __future__ import annotations

import sys
import time
import types
import warnings
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from archcalc.convert.torch import read

TORCHVISION = """
alexnet convnext_tiny convnext_base densenet121 densenet161 efficientnet_b0 efficientnet_b4 efficientnet_v2_s
googlenet inception_v3 maxvit_t mnasnet1_0 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small regnet_x_400mf
regnet_y_400mf regnet_y_8gf resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d shufflenet_v2_x0_5
shufflenet_v2_x1_0 squeezenet1_0 squeezenet1_1 swin_t swin_b vgg11 vgg16 vgg16_bn vgg19 vit_b_16
vit_b_32 vit_l_16 wide_resnet50_2 video.r3d_18 segmentation.fcn_resnet50 segmentation.deeplabv3_resnet50
segmentation.lraspp_mobilenet_v3_large
""".split()
TIMM = """
beit_base_patch16_224 convmixer_768_32 deit_tiny_patch16_224 efficientnet_b0 eva02_tiny_patch14_224
ghostnet_100 hrnet_w18_small levit_128s mixer_b16_224 mobilenetv4_conv_small mobileone_s0 mobilevit_s
poolformer_s12 regnety_002 repvgg_a0 res2net50_26w_4s resmlp_12_224 resnest14d resnetv2_50 seresnet18
swin_tiny_patch4_window7_224 tf_efficientnetv2_b0 vit_tiny_patch16_224
""".split()
TRANSFORMERS = """
Albert Bert Bloom DistilBert Electra Falcon GPT2 GPTNeoX Gemma Llama Mistral MobileBert OPT Phi
Qwen2 Roberta T5Encoder
""".split()


def torchvision_model(name: str) -> tuple[torch.nn.Module, list[str]]:
    """A model of torchvision, and the shape that it reads."""
    # torchvision's compiled part is not needed, and not always to be had
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
    from torchvision import models

    home: Any = models
    *parts, last = name.split(".")
    for part in parts:
        home = getattr(home, part)
    options: dict[str, Any] = {"weights_backbone": None} if "segmentation" in parts else {}
    shape = {"inception_v3": "3x299x299", "video.r3d_18": "3x8x112x112"}.get(name, "3x224x224")
    return getattr(home, last)(**options), [shape]


def timm_model(name: str) -> tuple[torch.nn.Module, list[str]]:
    """A model of timm, and the shape that it says it reads."""
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
    import timm

    model = timm.create_model(name)
    return model, ["x".join(map(str, model.default_cfg["input_size"]))]


def transformers_model(name: str) -> tuple[torch.nn.Module, list[str]]:
    """A model of transformers as its configuration makes it, with two layers where it would have many."""
    import transformers

    config = getattr(transformers, f"{name.removesuffix('Encoder')}Config")()
    for depth in ("num_hidden_layers", "n_layer", "num_layers", "encoder_layers", "decoder_layers"):
        if isinstance(getattr(config, depth, None), int) and name not in ("Bert", "GPT2"):
            setattr(config, depth, 2)
    return getattr(transformers, f"{name}Model")(config), ["64:int"]


def made(make: Any, name: str) -> tuple[torch.nn.Module, list[str]]:
    """A model on the meta device; one that cannot be made there is moved to it."""
    try:
        with torch.device("meta"):
            return make(name)  # type: ignore[no-any-return]
    except RuntimeError:
        module, shapes = make(name)
        return module.to("meta"), shapes


def counted(module: torch.nn.Module, shapes: list[str]) -> int:
    """Half of what PyTorch's counter of FLOPs finds on one example."""
    from archcalc.convert.torch.examples import read as example

    xs = [
        torch.empty((1, *given.at({})), dtype=getattr(torch, given.dtype), device="meta")
        for given in map(example, shapes)
    ]
    module.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*xs)
    return int(counter.get_total_flops()) // 2


def compared(name: str, make: Any) -> bool:
    """One line for a model; whether it agrees."""
    began = time.perf_counter()
    try:
        module, shapes = made(make, name)
        draft = read(module, shapes, {})
        net = draft.net()
        macs = counted(module, shapes)
    except ModuleNotFoundError as error:
        print(f"- {name:<32} {error.name} is not installed", flush=True)
        return True
    except Exception as error:  # noqa: BLE001  (a table of many goes on)
        print(f"✗ {name:<32} {type(error).__name__}: {str(error)[:300]!r}", flush=True)
        return False
    unused = sum(int(fact.split()[0].replace(",", "")) for fact in draft.coverage.facts if "not used" in fact)
    own = sum(parameter.numel() for parameter in module.parameters())
    agrees = net.params + unused == own and net.macs == macs and draft.coverage.full
    took = time.perf_counter() - began
    lines = len(draft.text().splitlines())
    said = "" if draft.coverage.full else draft.coverage.sentence(draft.params).partition("; ")[2]
    more = f"unused {unused:,} " if unused else ""
    wrong = "" if net.macs == macs else f"(PyTorch {macs:,}) "
    odd = "" if net.params + unused == own else f"(PyTorch {own:,}) "
    print(
        f"{'✓' if agrees else '✗'} {name:<32} {net.params:>14,} {odd}{net.macs:>17,} {wrong}"
        f"{lines:>4} lines {took:>5.1f}s {more}{said}",
        flush=True,
    )
    return agrees


def main(names: list[str]) -> int:
    """Compare the models asked for, or all."""
    warnings.filterwarnings("ignore")
    known = [(name, torchvision_model) for name in TORCHVISION]
    known += [(f"timm:{name}", timm_model) for name in TIMM]
    known += [(f"transformers:{name}", transformers_model) for name in TRANSFORMERS]
    asked = [(name, make) for name, make in known if not names or name in names]
    agree = sum(compared_as(name, make) for name, make in asked)
    print(f"{agree} of {len(asked)} agree to the unit in parameters and MACs")
    return 0 if agree == len(asked) else 1


def compared_as(name: str, make: Any) -> bool:
    """The same, by the name without its library."""
    return compared(name.rpartition(":")[2], make)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
