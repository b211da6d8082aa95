"""PyTorch modules, read by torch.export: held against PyTorch's own counts, and against the bundled networks.

`benchmarks/imported.py` does the same for the long list of models.
"""

from __future__ import annotations

import sys
import types

import pytest

import archcalc
from archcalc.convert.torch import read
from archcalc.errors import UsageError
from archcalc.export.source.witness import imported

torch = pytest.importorskip("torch", reason="PyTorch models are read with PyTorch")
from torch import nn  # noqa: E402  (only where it is there)
from torch.nn import functional as F  # noqa: E402, N812  (as everybody has it)
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own


def counted(module, *xs):
    """Parameters, each once, and half of what PyTorch's counter finds on the meta device."""
    module = module.to("meta").eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*(x.to("meta") for x in xs))
    return sum(p.numel() for p in module.parameters()), counter.get_total_flops() // 2


class Functions(nn.Module):
    """What is written as functions."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(8, 1, 1))
        self.w = nn.Parameter(torch.ones(8, 5))

    def forward(self, x):
        x = F.relu(self.conv(x)) * self.scale
        x = F.interpolate(F.pad(x, (1, 1, 0, 0)), scale_factor=2)
        x = torch.cat([x, x.flip(1)], 1).roll(1, 2)[:, :8]
        return F.softmax(x.mean((2, 3)) @ self.w, -1)


class Attends(nn.Module):
    """Attention by hand: one projection for queries, keys and values, and PyTorch's function between."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (part.view(b, t, 4, 8).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(b, t, c))


class Products(nn.Module):
    """Windows of tokens, where attention is no layer: products of matrices by einsum and matmul."""

    def __init__(self):
        super().__init__()
        self.qk, self.v = nn.Linear(16, 32), nn.Linear(16, 16)

    def forward(self, x):
        b, t, c = x.shape
        windows = x.reshape(b * 4, t // 4, c)
        q, k = self.qk(windows).split(16, -1)
        weights = (torch.einsum("btc,bsc->bts", q, k) / 4).softmax(-1)
        return (weights @ self.v(windows)).reshape(b, t, c)


class Root(nn.Module):
    """An RMS norm as code writes it out."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(16))

    def forward(self, x):
        y = x.to(torch.float32)
        return self.weight * (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6))


class Tied(nn.Module):
    """Words in and words out by one table."""

    def __init__(self):
        super().__init__()
        self.tok, self.pos = nn.Embedding(50, 16), nn.Embedding(12, 16)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, ids):
        return self.head(self.tok(ids) + self.pos(torch.arange(ids.shape[1], device=ids.device)))


class Reads(nn.Module):
    """A recurrence, its last step, and a head."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 12, 2, batch_first=True, bidirectional=True), nn.Linear(24, 3)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Transposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.norm = nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, groups=2), nn.GroupNorm(3, 6)

    def forward(self, x):
        return F.leaky_relu(self.norm(self.up(x)), 0.2)


MODELS = {
    "functions": (Functions, (1, 3, 8, 8)),
    "attention by hand": (Attends, (1, 6, 32)),
    "windows": (Products, (1, 8, 16)),
    "an RMS norm": (Root, (1, 5, 16)),
    "a recurrence": (Reads, (1, 7, 8)),
    "a transposed convolution": (Transposed, (1, 4, 5, 5)),
    "an encoder's layer": (lambda: nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), (1, 6, 32)),
    "a stack of layers": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 3),
        (1, 6, 32),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_module_has_the_parameters_and_macs_that_pytorch_counts(name):
    make, shape = MODELS[name]
    x = torch.zeros(shape)
    net = archcalc.from_torch(make(), x, strict=True)
    if name == "a recurrence":  # PyTorch's counter sees none in an LSTM; for 7 steps each weight once a step
        own = sum(p.numel() for n, p in Reads().named_parameters() if "weight" in n and n != "head.weight")
        assert (net.params, net.macs) == (counted(make(), x)[0], 7 * own + 24 * 3)
    else:
        assert (net.params, net.macs) == counted(make(), x)
    again = archcalc.load(net.to_yaml())
    assert [row.params for row in again] == [row.params for row in net]
    assert (again.macs, again.flops, again.connections) == (net.macs, net.flops, net.connections)


def ops(net):
    return [row.op for row in net]


def test_attention_is_one_layer_however_it_is_written():
    assert ops(archcalc.from_torch(Attends(), "6x32")) == ["attention"]
    layer = nn.MultiheadAttention(32, 4, batch_first=True)
    x = torch.zeros(2, 6, 32)
    net = archcalc.from_torch(layer, x, x, x)
    assert net.params == 4 * (32 * 32 + 32)
    assert net.macs == 4 * 6 * 32 * 32 + 2 * 6 * 6 * 32


def test_an_rms_norm_written_out_is_one():
    assert ops(archcalc.from_torch(Root(), "5x16")) == ["rms_norm"]


SAID = """import torch
import torch.nn.functional as F
from torch import nn


class Said(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.response = nn.Conv2d(4, 4, 3), nn.LayerNorm(4), nn.LocalResponseNorm(5)

    def forward(self, x):
        {}
        return x
"""
STATEMENTS = [
    (["x = x + x.flip(1) + x.flip(2)"], ["gather", "gather", "add"]),
    (["x = x + (", "    x.flip(1)", ") + x.flip(2)"], ["gather", "gather", "add"]),
    (["y = x + x.flip(1)", "x = y + x.flip(2)"], ["gather", "add", "gather", "add"]),
    (["y = x + x.flip(1)", "x = y + x * y"], ["gather", "add", "multiply", "add"]),
    (["x = self.conv(F.pad(x, (0, 1, 0, 1)))"], ["conv2d"]),
    (["x = F.pad(x, (0, 1, 0, 1))", "x = self.conv(x)"], ["pad", "conv2d"]),
    (["x = self.conv(F.pad(x, (0, 1, 0, 1), value=1.0))"], ["pad", "conv2d"]),
    (["x = F.max_pool2d(F.pad(x, (1, 0, 1, 0), value=-torch.inf), 3, 2)"], ["max_pool2d"]),
    (["x = F.max_pool2d(F.pad(x, (1, 0, 1, 0)), 3, 2)"], ["pad", "max_pool2d"]),
    (["x = F.relu(self.conv(x))"], ["conv2d"]),
    (["x = self.conv(x)", "x = F.relu(x)"], ["conv2d", "relu"]),
    (["x = 1.7159 * torch.tanh(2 / 3 * self.conv(x))"], ["conv2d"]),
    (["x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)"], ["layer_norm"]),
    (["x = F.adaptive_max_pool2d(x, 1).flatten(1)"], ["global_max_pool2d"]),
    (["x = x.amax((2, 3))"], ["global_max_pool2d"]),
    (["x = self.response(x)"], ["local_response_norm"]),
]


@pytest.mark.parametrize(("lines", "wanted"), STATEMENTS)
def test_what_stands_in_one_statement_is_read_as_one_thing(lines, wanted):
    """A row for each thing that the author said; however it was said, the figures are PyTorch's."""
    module = imported(SAID.format("\n        ".join(lines))).Said()
    net = archcalc.from_torch(module, "4x9x9", strict=True)
    assert [row.op.partition(" ")[0] for row in net] == wanted
    used = "self.conv" in str(lines), "self.norm" in str(lines)
    assert (net.params, net.macs) == (
        148 * used[0] + 8 * used[1],
        counted(module, torch.zeros(1, 4, 9, 9))[1],
    )
    made = module.to("meta")(torch.zeros(1, 4, 9, 9, device="meta"))
    assert tuple(net.output) == made.shape[1:]


def test_a_file_that_is_not_there_is_told_in_one_line(archcalc):
    ran = archcalc("report", "nofile.py:Net", "--input", "3x3")
    assert (ran.status, ran.err) == (2, "there is no file 'nofile.py'\n")


def test_a_factor_whose_value_is_not_read_is_said():
    module = imported(SAID.format("x = x * torch.tensor(0.3) + x")).Said()
    net = archcalc.from_torch(module, "4x9x9", strict=True)
    assert [row.flops for row in net] == [4 * 9 * 9] * 2
    drawn = read(module, ["4x9x9"], {})
    (said,) = [fact for fact in drawn.coverage.facts if "factor" in fact]
    assert (
        said == "1/2 stands for a factor whose value is not read, which changes no figure: the network itself"
    )


def test_an_operation_of_several_results_that_nobody_knows_is_opaque():
    module = imported(SAID.format("x = x.median(-1).values + x.median(-1).indices")).Said()
    net = archcalc.from_torch(module, "4x9x9")
    assert [row.op for row in net] == ["opaque", "opaque", "add"]
    with pytest.raises(UsageError, match=r"opaque, their work unknown: median \(2\)"):
        archcalc.from_torch(module, "4x9x9", strict=True)


def test_a_shared_tensor_is_counted_once_and_tied():
    net = archcalc.from_torch(Tied(), "10:int")
    assert net.params == 50 * 16 + 12 * 16
    assert "tie: {weight: tok.weight}" in net.to_yaml().replace("\n", " ")


def test_no_figure_depends_on_where_a_module_is_or_whether_it_trains():
    figures = set()
    for device in ("cpu", "meta"):
        for trains in (True, False):
            layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, device=device).train(trains)
            layer.requires_grad_(trains)
            with torch.set_grad_enabled(trains):
                net = archcalc.from_torch(layer, torch.zeros(3, 6, 32))
            assert layer.training is trains
            assert all(part.training is trains for part in layer.modules())
            figures.add((net.params + net.fixed, net.macs, net.flops))
    assert len(figures) == 1


def test_a_module_is_left_as_it_was():
    layer = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer[1].eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    archcalc.from_torch(layer, torch.zeros(2, 4))
    assert [part.training for part in layer.modules()] == [True, True, False]
    assert all(torch.equal(before[name], tensor) for name, tensor in layer.state_dict().items())
    assert torch.backends.mha.get_fastpath_enabled() is fast


def test_what_is_frozen_is_fixed():
    layer = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    layer[0].requires_grad_(False)
    net = archcalc.from_torch(layer, torch.zeros(2, 4))
    assert (net.params, net.fixed) == (8, 15)


def test_a_letter_stays_a_symbol():
    net = archcalc.from_torch(nn.Conv2d(3, 4, 3), "3xHxW", sizes={"H": 8, "W": 9})
    assert net.at(H=20, W=10).output == (4, 18, 8)
    layer = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(UsageError, match="'H' cannot stay a symbol"):
        archcalc.from_torch(layer, "1xHx8", sizes={"H": 8})


def test_where_the_batch_is_can_be_said():
    layer = nn.LSTM(8, 12)
    net = archcalc.from_torch(layer, torch.zeros(7, 1, 8), batch=1)
    assert net.output == (7, 12)


class Fourier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        return torch.fft.fft(self.linear(x)).real


def test_what_the_language_lacks_is_opaque_and_named():
    net = archcalc.from_torch(Fourier(), "4")
    assert net.params == 20
    assert "opaque" in ops(net)
    assert "fft_fft (1)" in net.to_yaml()
    with pytest.raises(UsageError, match=r"read in part.*fft_fft"):
        archcalc.from_torch(Fourier(), "4", strict=True)


def test_a_weight_that_is_computed_is_told():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    net = archcalc.from_torch(layer, "4")
    assert net.macs == 12
    with pytest.raises(UsageError, match="read in part"):
        archcalc.from_torch(layer, "4", strict=True)


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.aux = nn.Linear(4, 4), nn.Linear(4, 100)

    def forward(self, x):
        return (self.body(x), self.aux(x)) if self.training else self.body(x)


def test_parameters_that_inference_does_not_use_are_told():
    net = archcalc.from_torch(Unused(), "4")
    assert net.params == 20
    assert "500 more parameters are not used in inference: aux" in net.to_yaml().replace("\n", " ")


class Mood(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Breaks(nn.Module):
    def forward(self, x):
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("module", "given", "sentence"),
    [
        (Mood(), ["4"], "must not depend on the numbers it reads"),
        (Breaks(), ["4"], "RuntimeError: not today"),
        (nn.Linear(4, 4), [], "what does 'Linear' read"),
        (nn.Linear(4, 4), ["5"], "'Linear' could not be traced"),
        (nn.Linear(4, 4), ["4xq!"], "'4xq!' is no shape"),
        (nn.Linear(4, 4), ["4:complex"], "there is no type 'complex'"),
        (nn.Linear(4, 4), ["N"], "'N' is a symbol, and is traced at some size"),
        (nn.Linear(4, 4), [4], "int stands for no input"),
        (3, ["4"], "int is no torch.nn.Module"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(module, given, sentence):
    with pytest.raises(UsageError) as caught:
        archcalc.from_torch(module, *given)
    assert sentence in str(caught.value)


# -- from the command line

FILE = """
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.fc = nn.Linear(4, classes)

    def forward(self, x):
        return self.fc(x)


def three():
    return 3
"""


def test_one_command_leads_from_a_file_to_the_table(archcalc, inside):
    (inside / "somenet.py").write_text(FILE)
    told = archcalc("report", "somenet.py:Net", "--input", "4", "--columns", "params")
    assert told.status == 0, told.err
    assert "50" in told.out
    told = archcalc("import", "somenet.py:Net", "--input", "4", "--with", "classes=3", "-o", "spec.yaml")
    assert told.status == 0, told.err
    assert "read 100 % of the parameters" in told.err
    assert archcalc("check", "spec.yaml", "params=15", "macs=12").status == 0


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["somenet.py:Nett", "--input", "4"], "has no 'Nett'"),
        (["somenet.py:three", "--input", "4"], "makes int, and no torch.nn.Module"),
        (["somenet.py:Net"], "what does 'Net' read"),
        (["nosuch.py:Net", "--input", "4"], "there is no file 'nosuch.py'"),
        (["no_such_module:Net", "--input", "4"], "there is no module 'no_such_module'"),
        (["somenet.py:Net", "--input", "4", "--with", "colour=3"], "unexpected keyword argument 'colour'"),
        (["somenet.py:Net", "--input", "4", "--with", "colour"], "--with takes a name and a value"),
        (["somenet.py:Net", "--input", "4", "--batch", "x"], "--batch takes the number of an axis"),
        (["weights.pt"], "is not read"),
        (["somenet.py"], "is named with what makes it"),
    ],
)
def test_what_a_command_cannot_read_is_one_clear_error(archcalc, inside, args, sentence):
    (inside / "somenet.py").write_text(FILE)
    told = archcalc("import", *args)
    assert told.status == 2
    assert sentence in told.err
    assert "Traceback" not in told.err


def test_a_spec_never_leads_to_code(archcalc, inside):
    (inside / "somenet.py").write_text("raise SystemExit('it was run')")
    (inside / "spec.yaml").write_text("archcalc: 1\nname: n\nextends: somenet:Net\n")
    told = archcalc("report", "spec.yaml")
    assert told.status == 2
    assert "it was run" not in told.err


# -- networks that come with archcalc


@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_0", "resnet18", "mobilenet_v2"])
def test_torchvision_gives_the_totals_of_the_bundled_network(name):
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
    models = pytest.importorskip(
        "torchvision.models", reason="torchvision has the models", exc_type=Exception
    )
    with torch.device("meta"):
        module = getattr(models, name)()
    net, ours = archcalc.from_torch(module, "3x224x224", strict=True), archcalc.load(name)
    assert (net.params, net.fixed, net.macs) == (ours.params, ours.fixed, ours.macs)
    assert net.flops == ours.flops


def test_transformers_gives_the_totals_of_gpt2():
    transformers = pytest.importorskip(
        "transformers", reason="transformers has the model", exc_type=Exception
    )
    with torch.device("meta"):
        module = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=2))
    net, ours = archcalc.from_torch(module, "1024:int", strict=True), archcalc.load("gpt2", sizes={"L": 2})
    assert (net.params, net.macs, net.flops) == (ours.params, ours.macs, ours.flops)
