"""Networks of which no exact count is published, built again in PyTorch from their papers: the totals agree.

Parameters are those that PyTorch holds; MACs are half of what its own counter of FLOPs gives, which
leaves out all but convolutions and matrix products. Tensors are on `meta`: shapes without numbers.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from archcalc import load

torch = pytest.importorskip("torch")
nn = torch.nn


def counted(net, *shape):
    """Parameters, MACs, and the output's shape for one example."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        made = net.to("meta").eval()(torch.empty(1, *shape, device="meta"))
    flops = counter.get_total_flops()
    assert flops % 2 == 0
    return sum(p.numel() for p in net.parameters()), flops // 2, tuple(made.shape[1:])


def figures(name, at):
    net = load(name)
    return net.params, net.macs, tuple(net[at].output)


class UNet(nn.Module):
    """Ronneberger, Fischer and Brox 2015, Fig. 1."""

    def __init__(self):
        super().__init__()
        sizes = [1, 64, 128, 256, 512, 1024]
        self.down = nn.ModuleList(self.twice(a, b) for a, b in pairwise(sizes))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * n, n, 2, 2) for n in (512, 256, 128, 64))
        self.up = nn.ModuleList(self.twice(2 * n, n) for n in (512, 256, 128, 64))
        self.last = nn.Conv2d(64, 2, 1)

    @staticmethod
    def twice(a, b):
        return nn.Sequential(nn.Conv2d(a, b, 3), nn.ReLU(), nn.Conv2d(b, b, 3), nn.ReLU())

    def forward(self, x):
        kept = []
        for i, down in enumerate(self.down):
            x = down(nn.functional.max_pool2d(x, 2) if i else x)
            kept.append(x)
        for i, (grow, up) in enumerate(zip(self.grow, self.up, strict=True)):
            x, skip = grow(x), kept[3 - i]
            edge = (skip.shape[2] - x.shape[2]) // 2
            x = up(torch.cat([skip[:, :, edge:-edge, edge:-edge], x], 1))
        return self.last(x)


def dcgan():
    """Radford, Metz and Chintala 2016, Fig. 1; no biases and where batch norms stand as in the authors' code."""
    layers = [nn.Linear(100, 1024 * 4 * 4, bias=False), nn.BatchNorm1d(1024 * 4 * 4), nn.ReLU()]
    layers.append(nn.Unflatten(1, (1024, 4, 4)))
    for a, b in ((1024, 512), (512, 256), (256, 128)):
        layers += [nn.ConvTranspose2d(a, b, 5, 2, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(128, 3, 5, 2, 2, 1, bias=False), nn.Tanh())


class Residual(nn.Module):
    """He et al. 2015, section 4.2: two 3x3 convolutions; option A fills a shortcut up with zeros."""

    def __init__(self, a, b):
        super().__init__()
        self.s = b // a
        self.body = nn.Sequential(
            nn.Conv2d(a, b, 3, self.s, 1, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(),
            nn.Conv2d(b, b, 3, 1, 1, bias=False),
            nn.BatchNorm2d(b),
        )

    def forward(self, x):
        y = self.body(x)
        short = x[:, :, :: self.s, :: self.s]
        zeros = (0, 0, 0, 0, 0, y.shape[1] - x.shape[1])
        return torch.relu(y + nn.functional.pad(short, zeros))


def cifar_resnet(n):
    wide = [16] + [16] * n + [32] * n + [64] * n
    blocks = [Residual(a, b) for a, b in pairwise(wide)]
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobilenet(maps, width, classes):
    """Howard et al. 2017, Table 1: a convolution of each map on its own, then one of 1x1."""
    wide = [int(width * n) for n in (32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)]

    def normed(*args, **fields):
        return [nn.Conv2d(*args, bias=False, **fields), nn.BatchNorm2d(args[1]), nn.ReLU()]

    layers = normed(maps, wide[0], 3, 2, 1)
    for i, (a, b) in enumerate(pairwise(wide)):
        layers += normed(a, a, 3, 2 if i in {1, 3, 5, 11} else 1, 1, groups=a) + normed(a, b, 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(wide[-1], classes))


def test_unet():
    found = counted(UNet(), 1, 572, 572)
    assert found == (31_030_658, 150_428_424_448, (2, 388, 388))
    assert found == figures("unet", "segmentation")


def test_the_generator_of_dcgan():
    found = counted(dcgan(), 100)
    assert found == (18_885_760, 640_614_400, (3, 64, 64))
    assert found == figures("dcgan", "picture")


@pytest.mark.parametrize(
    ("name", "n", "params"),
    [
        ("resnet20", 3, 269_722),
        ("resnet32", 5, 464_154),
        ("resnet44", 7, 658_586),
        ("resnet56", 9, 853_018),
        ("resnet110", 18, 1_727_962),
    ],
)
def test_residual_networks_for_cifar(name, n, params):
    found = counted(cifar_resnet(n), 3, 32, 32)
    assert found[0] == params
    assert found == figures(name, "fc")


def test_the_detector_of_persons():
    net = mobilenet(1, 0.25, 2)
    found = counted(net, 1, 96, 96)
    assert found == (213_442, 7_157_888, (2,))
    assert found == figures("person", "fc")
    statistics = sum(b.numel() for b in net.buffers() if b.dim())
    assert statistics == load("person").fixed == 5_472
