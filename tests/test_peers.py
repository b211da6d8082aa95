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


def words(build, *lengths):
    """Parameters, each once, and MACs of a network that reads tokens."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        net = build()
        net(*(torch.zeros(1, n, dtype=torch.int64) for n in lengths))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


class Attend(nn.Module):
    """Vaswani et al. 2017, 3.2.2, with fewer heads of keys and values where `pairs` says so."""

    def __init__(self, d, heads, *, pairs=None, size=None, bias=True):
        super().__init__()
        self.size, self.shared = size or d // heads, heads // (pairs or heads)
        self.q, self.out = nn.Linear(d, heads * self.size, bias), nn.Linear(heads * self.size, d, bias)
        self.k, self.v = (nn.Linear(d, heads // self.shared * self.size, bias) for _ in "kv")

    def forward(self, x, memory):
        q, k, v = (
            a.unflatten(-1, (-1, self.size)).transpose(1, 2)
            for a in (self.q(x), self.k(memory), self.v(memory))
        )
        k, v = (a.repeat_interleave(self.shared, 1) for a in (k, v))
        mixed = torch.softmax(q @ k.mT, -1) @ v
        return self.out(mixed.transpose(1, 2).flatten(2))


class Feed(nn.Module):
    """Two matrices, or three where one is a gate (Shazeer 2020)."""

    def __init__(self, d, wide, *, bias=True, gated=False):
        super().__init__()
        self.up, self.down = nn.Linear(d, wide, bias), nn.Linear(wide, d, bias)
        self.gate = nn.Linear(d, wide, bias) if gated else None

    def forward(self, x):
        up = self.up(x)
        return self.down(up if self.gate is None else up * nn.functional.silu(self.gate(x)))


class Stack(nn.Module):
    """Layers of attention, attention to a memory where `cross`, and a feed; norms before or after each."""

    def __init__(self, depth, attend, feed, norm, *, cross=False, before=False, shared=False):
        super().__init__()
        self.before, self.cross = before, cross
        parts = [attend] * (2 if cross else 1) + [feed]
        own = [nn.ModuleList(make() for make in (*parts, *[norm] * len(parts))) for _ in range(depth)]
        self.layers = nn.ModuleList(own[:1] * depth if shared else own)

    def forward(self, x, memory=None):
        for layer in self.layers:
            *branches, feed = layer[: len(layer) // 2]
            *norms, last = layer[len(layer) // 2 :]
            for i, (attend, norm) in enumerate(zip(branches, norms, strict=True)):
                read = norm(x) if self.before else x
                x = x + attend(read, memory if i else read)
                x = x if self.before else norm(x)
            x = x + feed(last(x)) if self.before else last(x + feed(x))
        return x


class Bert(nn.Module):
    """Devlin et al. 2019; `narrow` embeddings and `shared` layers as in Lan et al. 2020."""

    def __init__(self, v, places, kinds, depth, d, heads, *, narrow=None, shared=False, pretraining=False):
        super().__init__()
        e = narrow or d
        self.tables = nn.ModuleList(nn.Embedding(n, e) for n in (v, places, kinds))
        self.norm, self.widen = nn.LayerNorm(e), nn.Linear(e, d) if narrow else nn.Identity()
        make = (lambda: Attend(d, heads), lambda: Feed(d, 4 * d), lambda: nn.LayerNorm(d))
        self.body, self.pooler = Stack(depth, *make, shared=shared), nn.Linear(d, d)
        self.heads = None
        if pretraining:
            said = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.LayerNorm(d), nn.Linear(d, v))
            said[3].weight = self.tables[0].weight
            self.heads = nn.ModuleList([said, nn.Linear(d, 2)])

    def forward(self, tokens):
        x = self.body(self.widen(self.norm(sum(table(tokens) for table in self.tables))))
        pooled = torch.tanh(self.pooler(x[:, 0]))
        return pooled if self.heads is None else (self.heads[0](x), self.heads[1](pooled))


class Speaker(nn.Module):
    """A stack that only looks back, and a head: Radford et al. 2019; Touvron et al. 2023."""

    def __init__(self, v, d, body, norm, *, places=None, tied=False):
        super().__init__()
        self.tok, self.body, self.norm = nn.Embedding(v, d), body, norm()
        self.pos = nn.Embedding(places, d) if places else None
        self.head = nn.Linear(d, v, bias=False)
        if tied:
            self.head.weight = self.tok.weight

    def forward(self, tokens):
        x = self.tok(tokens) + (0 if self.pos is None else self.pos(tokens))
        return self.head(self.norm(self.body(x)))


def gpt2(depth, d, heads):
    make = (lambda: Attend(d, heads), lambda: Feed(d, 4 * d), lambda: nn.LayerNorm(d))
    return Speaker(50257, d, Stack(depth, *make, before=True), make[2], places=1024, tied=True)


def llama(v, pairs, wide):
    make = (
        lambda: Attend(4096, 32, pairs=pairs, bias=False),
        lambda: Feed(4096, wide, bias=False, gated=True),
        lambda: nn.RMSNorm(4096),
    )
    return Speaker(v, 4096, Stack(32, *make, before=True), make[2])


class Translator(nn.Module):
    """Vaswani et al. 2017, one matrix for both embeddings and the head; Raffel et al. 2020 with `tables`."""

    def __init__(self, v, d, depth, make, *, tables=0, before=False):
        super().__init__()
        self.tok, self.tables = nn.Embedding(v, d), nn.ModuleList(nn.Embedding(32, tables) for _ in "ed")
        self.encoder, self.decoder = (Stack(depth, *make, cross=c, before=before) for c in (False, True))
        self.norms = nn.ModuleList(make[2]() if before else nn.Identity() for _ in "ed")

    def forward(self, source, target):
        memory = self.norms[0](self.encoder(self.tok(source)))
        x = self.norms[1](self.decoder(self.tok(target), memory))
        return x @ self.tok.weight.T


def transformer(d, heads):
    make = (lambda: Attend(d, heads, bias=False), lambda: Feed(d, 4 * d), lambda: nn.LayerNorm(d))
    return Translator(37000, d, 6, make)


def t5(depth, d, heads, wide):
    make = (
        lambda: Attend(d, heads, size=64, bias=False),
        lambda: Feed(d, wide, bias=False),
        lambda: nn.RMSNorm(d),
    )
    return Translator(32128, d, depth, make, tables=heads, before=True)


class Reader(nn.Module):
    """Zaremba et al. 2014: two layers of cells whose sums over input and state each have a bias."""

    def __init__(self, v, d):
        super().__init__()
        self.tok, self.head = nn.Embedding(v, d), nn.Linear(d, v)
        self.sums = nn.ModuleList(nn.ModuleList(nn.Linear(d, 4 * d) for _ in "xh") for _ in range(2))

    def forward(self, tokens):
        steps = self.tok(tokens).unbind(1)
        for read, kept in self.sums:
            h = cell = torch.zeros_like(steps[0])
            given = []
            for x in steps:
                i, f, o, new = (read(x) + kept(h)).chunk(4, -1)
                cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(new)
                h = torch.sigmoid(o) * torch.tanh(cell)
                given.append(h)
            steps = given
        return self.head(torch.stack(steps, 1))


@pytest.mark.parametrize(
    ("name", "sizes", "build", "lengths"),
    [
        ("bert-base", {}, lambda: Bert(30522, 512, 2, 12, 768, 12), [128]),
        ("bert-large", {}, lambda: Bert(30522, 512, 2, 24, 1024, 16), [128]),
        ("bert-base-pretraining", {}, lambda: Bert(30522, 512, 2, 12, 768, 12, pretraining=True), [128]),
        ("roberta-base", {}, lambda: Bert(50265, 514, 1, 12, 768, 12), [128]),
        ("albert-base-v2", {}, lambda: Bert(30000, 512, 2, 12, 768, 12, narrow=128, shared=True), [128]),
        ("gpt2", {}, lambda: gpt2(12, 768, 12), [1024]),
        ("gpt2", {"L": 48, "d": 1600, "heads": 25}, lambda: gpt2(48, 1600, 25), [1024]),
        ("t5-small", {}, lambda: t5(6, 512, 8, 2048), [512, 512]),
        ("t5-small", {"S": 40, "T": 9}, lambda: t5(6, 512, 8, 2048), [40, 9]),
        ("transformer-base", {}, lambda: transformer(512, 8), [32, 32]),
        ("transformer-base", {"d": 1024, "heads": 16, "S": 40}, lambda: transformer(1024, 16), [40, 32]),
        ("lstm-zaremba", {}, lambda: Reader(10000, 1500), [35]),
        ("lstm-zaremba", {"d": 650}, lambda: Reader(10000, 650), [35]),
        ("llama-2-7b", {}, lambda: llama(32000, 32, 11008), [4096]),
        ("llama-3-8b", {}, lambda: llama(128256, 8, 14336), [8192]),
    ],
)
def test_language_models(name, sizes, build, lengths):
    net = load(name, sizes=sizes)
    assert words(build, *lengths) == (net.params, net.macs)


def test_a_window_of_attention_leaves_out_the_scores_beyond_it():
    params, macs = words(lambda: llama(32000, 8, 14336), 8192)
    scored = int(torch.ones(8192, 8192, dtype=torch.bool).tril().triu(-4095).sum())
    net = load("mistral-7b")
    assert (params, macs - 2 * 32 * 4096 * (8192**2 - scored)) == (net.params, net.macs)
