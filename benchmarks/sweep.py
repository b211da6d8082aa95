"""How many variants of a network a second: closed forms on arrays beside every other way to get the rows.

    python benchmarks/sweep.py            measure, print rates and ratios
    python benchmarks/sweep.py --quick    fewer variants; exit 1 where the sweep is not far ahead

All ways give the same figures, parameters and multiply-accumulates of each height and width, which is
looked at first. They run one after the other on one core, and rates are of processor time, so that what
else the machine does falls out. torchinfo and thop are measured where they and torchvision are installed.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import types
import warnings
from typing import TYPE_CHECKING, Any

import archcalc
from archcalc.analysis import Analysis
from archcalc.graph import build
from archcalc.spec import find, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AHEAD = 500  # times our own integers, at least
Sizes = list[tuple[int, int]]


def swept(name: str, side: int) -> tuple[float, int, float]:
    """Variants a second on arrays, how many there were, and the seconds that the formulas took to find."""
    start = time.process_time()
    sweep = archcalc.sweep(name, sizes={"H": f"32:{side + 31}", "W": f"32:{side + 31}"}, best="macs", jobs=1)
    prepared = time.process_time()
    met = sweep.counts.met
    assert met == side * side
    return met / (time.process_time() - prepared), met, prepared - start


def integers(name: str) -> Callable[[int, int], tuple[int, int]]:
    """The integer analysis of one variant."""
    spec = parse(find(name))

    def one(height: int, width: int) -> tuple[int, int]:
        total = Analysis(build(spec, {"H": height, "W": width})).total
        return total.params, total.macs

    return one


def others() -> Iterator[tuple[str, Callable[[int, int], Any]]]:
    """torchinfo and thop on torchvision's ResNet-50, one variant at a time."""
    if not all(map(importlib.util.find_spec, ("torch", "torchvision"))):
        return
    import torch

    # torchvision's compiled part is not needed, and not always to be had
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
    from torchvision.models import resnet50

    torch.set_num_threads(1)
    model = resnet50().eval()
    if importlib.util.find_spec("torchinfo"):
        import torchinfo

        def info(height: int, width: int) -> tuple[int, int]:
            found = torchinfo.summary(model, (1, 3, height, width), verbose=0)
            return found.total_params, found.total_mult_adds

        yield f"torchinfo {torchinfo.__version__}", info
    if importlib.util.find_spec("thop"):
        from thop import profile

        def thop(height: int, width: int) -> tuple[int, int]:
            macs, params = profile(model, (torch.zeros(1, 3, height, width),), verbose=False)
            return int(params), int(macs)

        yield "thop", thop


def rate(one: Callable[[int, int], Any], sizes: Sizes) -> float:
    """Variants a second, one at a time."""
    one(*sizes[0])
    start = time.process_time()
    for height, width in sizes:
        one(height, width)
    return len(sizes) / (time.process_time() - start)


def main() -> int:
    """Measure and print."""
    warnings.simplefilter("ignore")
    quick = "--quick" in sys.argv
    status = 0
    for name in ("lenet5", "resnet50"):
        sizes = [(64 + 8 * i, 96 - 4 * i) for i in range(3 if quick else 8)]
        one = integers(name)
        for height, width in sizes[:3]:
            (row,) = archcalc.sweep(name, sizes={"H": height, "W": width})
            assert (row["params"], row["macs"]) == one(height, width)
        fast, met, prepared = max(swept(name, 700 if quick else 3000) for _ in range(1 if quick else 3))
        print(f"\n{name}: {met:,} heights by widths, params and MACs, the least MACs kept; one core")
        print(f"  closed forms on arrays   {fast:>14,.0f} a second   (formulas found in {prepared:.2f} s)")
        ways = [("our integers", one), *(others() if name == "resnet50" else ())]
        for word, way in ways:
            slow = rate(way, sizes)
            print(f"  {word:<24} {slow:>14,.1f} a second   x {fast / slow:,.0f}")
            status |= word == "our integers" and fast / slow < _AHEAD
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
