"""Networks as PyTorch source: what it looks like, what PyTorch makes of it, and what no spec can make of it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archcalc as library
from archcalc import load
from archcalc.cli import main
from archcalc.errors import ConvertError, UsageError
from archcalc.export.source.witness import imported
from archcalc.export.testimony import hear, named
from archcalc.export.torch.attributes import TAKEN
from archcalc.export.torch.framework import TORCH
from archcalc.export.torch.source import TorchSource
from archcalc.register import kinds
from archcalc.spec.write import text
from archcalc.testing import layer_and_inputs, networks

KINDS = {kind.op: kind for kind in kinds() if not kind.declared}
DRAWN = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def torch():
    return pytest.importorskip("torch", reason="exported source is run where PyTorch is installed")


def source(net):
    return TorchSource(net.graph).text()


def witnessed(net):
    """PyTorch agrees in every layer, and counts what we count, trained and stored."""
    torch()
    witness = named("torch", net.graph)
    found = hear(net.graph, witness)
    assert found.ok, str(found)
    assert found.unheard == []
    assert witness.stored == net.fixed
    return found


# -- every kind


@pytest.mark.parametrize("op", KINDS)
def test_every_kind_gives_the_same_numbers(op, alone):
    @settings(max_examples=4, **DRAWN)
    @given(data=st.data())
    def holds(data):
        layer, *xs = data.draw(layer_and_inputs(op))
        witnessed(alone(layer, xs))

    holds()


@settings(max_examples=12, **DRAWN)
@given(net=networks())
def test_any_network_gives_the_same_numbers(net):
    witnessed(net)


@pytest.mark.parametrize("op", KINDS)
def test_every_kind_has_a_rule(op):
    assert TORCH.rule(op)


# -- what it looks like

RESIDUAL = """
archcalc: 1
name: Residual
input: [3, 16, 16]
blocks:
  residual:
    args: {out: required, s: 1}
    layers:
      - {name: conv, op: conv2d, out_channels: out, kernel_size: 3, stride: s, padding: 1}
      - {name: shortcut, op: conv2d, out_channels: out, kernel_size: 1, stride: s, from: input,
         when: s != 1 or input.C != out}
      - {name: sum, op: add, from: [conv, shortcut]}
layers:
  - {name: stage1, block: residual, with: {out: 8}, repeat: 2}
  - {name: stage2, block: residual, with: {out: 16}, repeat: [{s: 2}, {}, {}]}
  - {name: norm, op: layer_norm}
"""


def test_a_block_is_a_class_a_repeat_a_loop_and_a_condition_stays_one():
    found = source(load(RESIDUAL))
    assert found.count("class ") == 2
    for line in (
        "def __init__(self, in_channels: int, out: int, s: int = 1) -> None:",
        "self.conv = nn.Conv2d(in_channels, out, 3, stride=s, padding=1)",
        "if s != 1 or in_channels != out:",
        "self.shortcut = nn.Identity()",
        "Residual(8, out=16, s=2), *[Residual(16, out=16, s=1) for _ in range(2)]",
        "x = self.stage1(x)  # 8@16x16",
    ):
        assert line in found, line
    witnessed(load(RESIDUAL))


@pytest.mark.parametrize(
    ("layers", "said"),
    [("{name: a, op: linear, out_features: 4}, {name: b, share: a}, {name: c, op: relu}",
      ["x = self.a(x)  # 4", "x = self.a(x)  # 4"]),
     ("{name: a, op: linear, out_features: 4, repeat: 3, shared: true, activation: relu}",
      ["for _ in range(3):", "x = torch.relu(self.a(x))  # 4"]),
     ("{name: a, op: linear, out_features: 4, repeat: 3, activation: relu}",
      ["self.a = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])", "for layer in self.a:",
       "x = torch.relu(layer(x))  # 4"]),
     ("{name: a, op: linear, out_features: 4}, {name: b, op: linear, out_features: 4, tie: {weight: a.weight}}",
      ["self.b.weight = self.a.weight"]),
     ("{name: a, op: linear, out_features: 3}, {name: b, op: linear, out_features: 4, tie: {weight: a.weight.T}},"
      "{name: c, op: linear, out_features: 3, tie: {weight: b.weight.T}},"
      "{name: d, op: linear, out_features: 4, tie: {weight: b.weight}, activation: tanh}, {name: e, share: c}",
      ["self.b = TransposedLinear(3, 4)", "self.c = nn.Linear(4, 3)", "self.d = TransposedLinear(3, 4)",
       "self.b.weight = self.a.weight", "self.c.weight = self.a.weight", "self.d.weight = self.a.weight"]),
     ("{name: a, op: linear, out_features: 4, trainable: false}", ["self.a.requires_grad_(False)"]),
     ("{name: r, op: reshape, shape: {C: 1, H: 2, W: 2}},"
      "{name: a, op: conv2d, out_channels: 1, kernel_size: 1, bias: per_unit, repeat: 2, activation: mish},"
      "{name: b, op: conv2d, out_channels: 1, kernel_size: 1, bias: per_unit, repeat: 2,"
      " activation: {op: tanh, slope: 2}}",
      ["x = F.mish(layer(x) + layer.unit_bias)", "x = torch.tanh(2 * (layer(x) + layer.unit_bias))"]),
     ("{name: a, op: linear, out_features: 4, activation: prelu}, {name: b, share: a},"
      "{name: c, op: linear, out_features: 4, activation: prelu, repeat: 2, trainable: false},"
      "{name: d, op: bilinear, out_features: 3, from: [c, input], activation: prelu}",
      ["self.a_activation = nn.PReLU()", "y = self.a_activation(y)  # 4", "y = self.c_0_activation(y)  # 4",
       "self.c_1_activation.requires_grad_(False)", "return self.d_activation(x)  # 3"]),
     ("{name: a, op: linear, repeat: [{out_features: 6}, {out_features: 8}, {out_features: 10}]}",
      ["self.a = nn.Sequential(*[nn.Linear(4 + 2 * i, 6 + 2 * i) for i in range(3)])"])],
)  # fmt: skip
def test_sharing_tying_and_repeating(layers, said):
    net = load(f"archcalc: 1\nname: n\ninput: [4]\nlayers: [{layers}]\n")
    found = source(net)
    for line in said:
        assert line in found, found
    witnessed(net)


def test_a_file_runs_as_it_is(tmp_path):
    torch()
    path = tmp_path / "lenet5.py"
    assert main(["export", "lenet5", "-o", str(path)]) == 0
    ran = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=300)
    assert ran.stdout == "60,000 trained parameters\n(1, 10)\n"


def test_lenet5_as_published_is_trained_from_the_exported_file(tmp_path, monkeypatch):
    t = torch()
    assert main(["export", "lenet5", "-o", str(tmp_path / "lenet5_of_1998.py")]) == 0
    monkeypatch.syspath_prepend(str(tmp_path))
    from lenet5_of_1998 import LeNet5

    t.manual_seed(0)
    model = LeNet5()
    codes = model.output.codes.clone()
    ink = t.nn.functional.pad(codes.reshape(10, 1, 12, 7), (12, 13, 10, 10), value=-1.0)
    optimizer = t.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0005)
    losses = []
    for _ in range(10):
        loss = model(ink + 0.1 * t.randn_like(ink)).diagonal().mean()  # distances to the right codes
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    assert t.equal(model.output.codes, codes)


# -- what no spec can make of it

HOSTILE = [
    'x"); import os; os.system("touch owned")', "__class__", "__init__", "forward", "self", "class", "torch", "nn", "F",
    "Tensor", "training", "import os", "'''", '"""', "\\", "a\nimport os", "a\rb", "\u2028import os", "\u202e", "名前",
    "coding: utf-7", "{x}", "%s", "lecun_tanh", "super", "x", "y", "print", "e" * 90,
]  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE)
def test_no_name_becomes_code(word, tmp_path, monkeypatch):
    """What a spec may name, it names so; texts of its own it takes as they are."""
    monkeypatch.chdir(tmp_path)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in word) or "a"
    plain = f"{plain}_" if plain in {"input", "output", "total"} else plain
    layers = [
        {"name": plain, "block": plain, "with": {"size": 4}, "repeat": 2},
        {"name": f"{plain}2", "op": "linear", "out_features": 3, "activation": "lecun_tanh"},
        {"name": f"{plain}3", "op": "rbf", "out_features": 2, "codes": ["X.X", ".X."]},
    ]
    inner = [{"name": plain, "op": "linear", "out_features": "size"}, {"name": "b", "op": "dropout"}]
    blocks = {plain: {"args": {"size": "required"}, "layers": inner}}
    content = {"archcalc": 1, "name": word, "note": word, "input": [5], "blocks": blocks, "layers": layers}
    net = load(text(content))
    tree = ast.parse(source(net))
    assert {type(node) for node in tree.body} <= {ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef,
                                                  ast.FunctionDef, ast.Assign, ast.If}  # fmt: skip
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {"torch", "torch.nn.functional", "math"}
    witnessed(net)
    assert list(tmp_path.iterdir()) == []


def test_names_of_a_module_are_not_used_again():
    nn = pytest.importorskip("torch.nn", reason="PyTorch's own names")
    own = {name for name in {*dir(nn.Module()), *vars(nn.Module())} if not name.startswith("_")}
    assert own <= TAKEN


# -- what cannot be said


@pytest.mark.parametrize(
    ("layers", "said"),
    [("{name: a, op: opaque, output_shape: [3], num_params: 5}",
      "layer a: opaque cannot be exported to PyTorch\n"
      "  why: such a layer has figures, and nothing that could be computed\n"
      "  fix: "),
     ("{name: z, op: linear, out_features: 8}, {name: a, op: linear, out_features: 4},"
      "{name: r, op: reshape, shape: {T: 1, C: 4}},"
      "{name: b, op: rnn, hidden_size: 8, tie: {weight_ih_l0: a.weight.T}}",
      "layer b: weight_ih_l0 is tied to a.weight, turned over\n"
      "  why: modules of PyTorch share a tensor as it is, and turned over only the weights of a linear layer"),
     ("{name: r, op: reshape, shape: {T: 2, C: 2}}, {name: b, op: lstm, hidden_size: 3, proj_size: 3}",
      "layer b: proj_size 3 is not below hidden_size 3\n"
      "  why: PyTorch's LSTM gives fewer numbers than it holds where it projects them")],
)  # fmt: skip
def test_what_cannot_be_exported_is_told(layers, said):
    net = load(f"archcalc: 1\nname: n\ninput: [4]\nlayers: [{layers}]\n")
    with pytest.raises(ConvertError) as error:
        net.export()
    assert str(error.value).startswith(said.removesuffix("  fix: "))


def test_letters_and_formats():
    with pytest.raises(ConvertError, match="source has a number for each size, and H, W is left open"):
        load("lenet5", symbolic=True).export()
    with pytest.raises(UsageError, match="there is no format 'tensorrt'"):
        load("lenet5").export("tensorrt")


def test_the_command(archcalc, tmp_path):
    assert archcalc("export", "lenet5").out == f"{load('lenet5').export()}"
    ran = archcalc("export", "lenet5", "-o", str(tmp_path / "net.txt"))
    assert ran.status == 2
    assert "does not say which format it is" in ran.err
    assert archcalc("export", "lenet5", "--to", "pytorch").err == (
        "there is no format 'pytorch'; formats: torch, keras, onnx\n  fix: --to torch\n"
    )
    assert list(tmp_path.iterdir()) == []


# -- there and back


def there_and_back(net):
    """The network by way of its exported source, on the meta device, where nothing is spent on weights."""
    with torch().device("meta"):
        module = net.to_torch()
    shapes = [
        "x".join(map(str, shape)) + (":int" if word in net.graph.indices else "")
        for word, shape in net.graph.inputs.items()
    ]
    return library.from_torch(module, *shapes, strict=True)


def rows(net):
    figures = ("output", "params", "fixed", "connections", "neurons", "macs", "flops")
    return [[str(getattr(row, figure)) for figure in figures] for row in net]


SMALL = {"L": 2, "T": 16}
NETWORKS = {
    "lenet1": {}, "lenet5": {}, "lenet5-conv": {}, "zipcode-1989": {}, "alexnet-2012": {}, "googlenet-2014": {},
    "resnet20": {}, "unet": {}, "mobilenet_v1": {}, "convnext_tiny": {}, "vit_b_16": {}, "lstm-zaremba": {},
    "gpt2": SMALL, "bert-base": SMALL, "albert-base-v2": SMALL, "transformer-base": SMALL,
    "t5-small": SMALL, "llama-3-8b": SMALL, "mistral-7b": SMALL,
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_are_kept_by_way_of_pytorch(name):
    torch()
    net = load(name)
    sizes = {word: size for word, size in NETWORKS[name].items() if word in net.graph.symbols}
    net = net.at(**sizes) if sizes else net
    assert rows(there_and_back(net)) == rows(net)


PIECES = {
    "padding beside a pool": "op: max_pool2d, kernel_size: 3, padding: [0, 1, 1, 0]",
    "as much padding as it takes": "op: conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: same",
    "a mean that counts no padding": "op: avg_pool2d, kernel_size: 3, stride: 2, padding: same",
    "a mean rounded up": "op: avg_pool2d, kernel_size: 3, stride: 2, padding: [0, 1, 1, 0]",
    "a bias for each unit": "op: conv2d, out_channels: 4, kernel_size: 3, bias: per_unit, activation: relu",
    "weights of its own at each place": "op: locally_connected2d, out_channels: 4, kernel_size: 3, padding: same",
    "a learned mix": "op: mixed_pool2d, kernel_size: 2, per_channel: true",
    "the largest of each map": "op: global_max_pool2d",
    "a norm by its own name": "op: layer_norm",
    "windows without a bias by a table": "op: conv2d, table: full, out_channels: 2, kernel_size: 3, bias: false",
}


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_comes_back_as_one_row(piece):
    torch()
    head = "archcalc: 1\nname: piece\ninput: [4, 9, 9]\nlayers:\n"
    net = load(
        f"{head}  - {{name: first, op: conv2d, out_channels: 4, kernel_size: 1}}\n  - {{name: piece, {PIECES[piece]}}}\n"
    )
    assert rows(there_and_back(net)) == rows(net)


RECURRENT = ["op: lstm, hidden_size: 8, num_layers: 2, last: true", "op: rnn, hidden_size: 8, relu: true",
             "op: gru, hidden_size: 8, last: true", "op: lstm, hidden_size: 8, bias: single"]  # fmt: skip


@pytest.mark.parametrize("piece", RECURRENT)
def test_a_recurrence_comes_back_as_one_row(piece):
    torch()
    net = load(f"archcalc: 1\nname: piece\ninput: {{T: 5, C: 4}}\nlayers:\n  - {{name: piece, {piece}}}\n")
    assert rows(there_and_back(net)) == rows(net)


def test_a_file_is_read_by_the_command(archcalc, tmp_path, monkeypatch):
    torch()
    monkeypatch.chdir(tmp_path)
    assert archcalc("export", "lenet5", "--to", "torch", "-o", "net.py").status == 0
    ran = archcalc("report", "net.py:LeNet5", "--input", "1x32x32", "-f", "json")
    assert ran.status == 0, ran.err
    ours = archcalc("report", "lenet5", "-f", "json")
    figures = ("params", "fixed", "connections", "neurons", "macs", "flops")
    found, wanted = json.loads(ran.out), json.loads(ours.out)
    assert [[row[f] for f in figures] for row in found["layers"]] == [
        [row[f] for f in figures] for row in wanted["layers"]
    ]


def test_a_class_of_ours_that_was_edited_is_read_for_what_it_does():
    torch()
    text = source(load("lenet5")).replace("divisor_override=1)\n", "divisor_override=1) * 2\n")
    assert text.count("divisor_override=1) * 2") == 1
    again = library.from_torch(imported(text).LeNet5(), "1x32x32")
    assert again.params == 60000
    assert [row.params for row in again if row.name.startswith("s2")] == [0, 0, 6, 6, 0]
    assert [row.params for row in again if row.name == "c3"] == [1516]


def test_a_class_of_another_that_has_our_name_is_read_for_what_it_does():
    torch()
    text = source(load("lenet5"))
    start, end = text.index("class Rbf"), text.index("def pictures")
    other = "class Rbf(nn.Linear):\n    def __init__(self, codes: Tensor, *, trainable: bool) -> None:\n"
    other += "        super().__init__(84, 10)\n\n\n"
    again = library.from_torch(imported(text[:start] + other + text[end:]).LeNet5(), "1x32x32", strict=True)
    assert [row.params for row in again][-1] == 850
