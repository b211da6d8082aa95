"""Source code for other frameworks: names, quoting, lines; and witnesses beside the reference pass."""

from __future__ import annotations

import ast
import contextlib
import json
import keyword
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import archcalc
from archcalc import forward
from archcalc.errors import ConvertError, UsageError
from archcalc.export import testimony
from archcalc.export.source import code, library
from archcalc.export.source.names import Names
from archcalc.register import kinds
from archcalc.testing import layer_and_inputs

HOSTILE = (
    'x"); import os; os.system("true")', "__class__", "class", "import", "self", "é", "名前", "", "a" * 500,
    "line\nbreak", "carriage\rreturn", "null\0", "quote'''s", 'quote"""s', "\\", "#", "\u202e", "\u2028",
    "coding: utf-7", "{x}", "%s", "1e9", "__init__", "print", "nn", "torch", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_becomes_an_identifier(text):
    names = Names()
    for name in (names.variable(text), names.class_(text), names.variable(text)):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
        assert len(name) < 50


@given(st.lists(st.text(), max_size=20))
def test_names_are_never_given_twice(texts):
    names = Names()
    found = [names.variable(text) for text in texts]
    assert len(set(found)) == len(found)
    assert all(name.isidentifier() and name.isascii() for name in found)


@pytest.mark.parametrize(
    ("text", "variable", "class_"),
    [("C1", "c1", "C1"), ("convBn", "conv_bn", "ConvBn"), ("basic-block", "basic_block", "BasicBlock"),
     ("3", "layer_3", "Block3"), ("ResNet-50", "res_net_50", "ResNet50"), ("LeNet-5", "le_net_5", "LeNet5"),
     ("class", "class_2", "Class"), ("v1.0", "v1_0", "V1_0")],
)  # fmt: skip
def test_a_name_is_recognised(text, variable, class_):
    assert Names().variable(text) == variable
    assert Names().class_(text) == class_


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_a_text(text):
    assert ast.literal_eval(code.quoted(text)) == text
    assert code.quoted(text).isascii()
    whole = f'"""{code.docstring(text)}"""\n'
    assert len(ast.parse(whole).body) == 1
    assert isinstance(ast.parse(whole).body[0].value.value, str)
    lines = code.statement("x = ", "1", text)
    assert ast.dump(ast.parse("\n".join(lines).encode())) == ast.dump(ast.parse("x = 1"))


@given(st.text())
def test_any_text_stays_a_text(text):
    assert ast.literal_eval(code.quoted(text)) == text
    source = "\n".join(["y = 0", *code.statement("x = ", "1", text)]).encode()
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse("y = 0\nx = 1"))


def test_a_long_call_is_broken_as_a_formatter_breaks_it():
    short = code.call("nn.Conv2d", "1", "6", kernel_size="5")
    assert code.statement("self.c1 = ", short, "6@28x28", indent=8) == [
        "        self.c1 = nn.Conv2d(1, 6, kernel_size=5)  # 6@28x28"
    ]
    middle = code.call("nn.Convolution", *["argument"] * 8)
    assert code.statement("x = ", middle) == ["x = nn.Convolution(", "    " + middle.inside(), ")"]
    long = code.call("f", *["argument"] * 10)
    assert code.statement("x = ", long) == ["x = f(", *["    argument,"] * 10, ")"]
    total = code.chained("+", ["a" * 30] * 3)
    assert code.statement("x = ", total) == [
        "x = (",
        f"    {'a' * 30}",
        f"    + {'a' * 30}",
        f"    + {'a' * 30}",
        ")",
    ]


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_source_is_formatted_as_a_formatter_would(framework, alone, tmp_path):
    """Some networks, and layers of every kind; and no file has a name that it does not use."""
    pytest.importorskip("ruff", reason="ruff formats")

    def write(name, net):
        (tmp_path / f"{name}.py").write_text(net.export(framework), encoding="utf-8")

    @settings(max_examples=200, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=st.data(), op=st.sampled_from([kind.op for kind in kinds() if not kind.declared]))
    def every_kind(data, op):
        layer, *xs = data.draw(layer_and_inputs(op))
        with contextlib.suppress(ConvertError):  # a few that PyTorch does not have
            write(f"{op}_{len(os.listdir(tmp_path))}", alone(layer, xs))

    for name in ["lenet5", "resnet18", "mobilenet_v1", "googlenet-aux", "t5-small", "unet", "vgg11"]:
        write(name.replace("-", "_"), archcalc.load(name))
    every_kind()
    ruff = [sys.executable, "-m", "ruff"]
    for said in (["format", "--diff"], ["check", "--select", "F"]):
        command = [*ruff, *said, "--isolated", "--no-cache", str(tmp_path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("text", ["f(a, [b, c], d={1: ','})", "x * g(a[1, 2] + 1)", 'x[:, "a, (b"]'])
def test_a_text_is_parted_where_its_brackets_are(text):
    found = code.parted(text)
    assert str(found) == text
    assert len(found.items) == {"f": 3, "x": 1}[text[0]] + (text[1] == "[")


@pytest.mark.parametrize("text", ["a + b", "f(x) + 1", "'()'", "f('(')[0].g", "}{", ""])
def test_a_text_that_ends_otherwise_stays_as_it_is(text):
    assert code.parted(text) == text


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_what_a_framework_lacks_is_written_as_a_formatter_would(framework):
    pytest.importorskip("ruff", reason="ruff formats")
    folder = Path(library.__file__).parents[1] / framework / "written"
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout
    classes = library.texts(framework)
    assert classes["Attention"].startswith("class Attention(")
    assert not any("noqa" in text or "type: ignore" in text for text in classes.values())


class Parrot:
    """A witness that says what the reference pass says, but for what it is told to get wrong."""

    name, tolerance = "Parrot 1", 1e-9

    def __init__(self, graph, parameters, wrong=(), dumb=(), shape=()):
        self.graph, self.parameters, self.wrong, self.dumb, self.shape = graph, parameters, wrong, dumb, shape

    def run(self, inputs, tensors):
        values = dict(inputs)
        for node in self.graph.nodes:
            read = [values[name] for name in node.inputs]
            values[node.name] = forward.step(node.layer.reading(*node.xs), read, tensors[node.name])
        said = {name: values[name] * (1 + 1e-6 * (name in self.wrong)) for name in self.graph.by_name}
        said |= {name: said[name][None] for name in self.shape}
        return {name: value for name, value in said.items() if name not in self.dumb}


def heard(**how):
    net = archcalc.load("lenet5")
    how.setdefault("parameters", net.params)
    return testimony.hear(net.graph, Parrot(net.graph, **how))


def test_a_witness_that_says_the_same():
    found = heard()
    assert found.ok
    assert found.apart == 0
    assert "✓ every layer gives the same numbers" in str(found)
    assert "✓ parameters 60,000; Parrot 1 counts 60,000" in str(found)


@pytest.mark.parametrize(
    ("how", "said"),
    [({"wrong": ["C3"]}, "✗ C3 differs by 1e-06"), ({"wrong": ["C3:activation"]}, "✗ C3 differs"),
     ({"shape": ["S4"]}, "✗ S4 has another shape"), ({"dumb": ["OUTPUT"]}, "✗ OUTPUT is missing there"),
     ({"parameters": 60001}, "✗ parameters 60,000; Parrot 1 counts 60,001")],
    ids=str,
)  # fmt: skip
def test_a_witness_that_says_something_else(how, said):
    found = heard(**how)
    assert not found.ok
    assert said in str(found)


def test_a_layer_that_the_witness_does_not_have_is_named():
    found = heard(dumb=["C3", "C3:activation"])
    assert found.ok
    assert found.unheard == ["C3"]
    assert "Parrot 1 has no value of its own for C3." in str(found)


def test_numbers_that_are_none_are_the_same_only_where_both_are():
    node = archcalc.load("lenet5").graph.nodes[0]
    ours = {"input": np.zeros((1, 32, 32)), "C1": np.zeros(node.y)}
    ours["C1"][0, 0, 0] = np.nan
    assert testimony._apart(node, ours, ours["C1"]) == 0
    assert testimony._apart(node, ours, np.zeros(node.y)) == np.inf


def test_testimony_as_json():
    from archcalc.render.testimony import document

    found = json.loads(document(heard(dumb=["S2", "S2:activation"])))
    assert found["witness"] == "Parrot 1"
    assert found["ok"] is True
    assert found["counted"] == 60000
    assert found["rows"][1] == {
        "name": "S2",
        "output": [6, 14, 14],
        "found": None,
        "difference": 0.0,
        "ok": True,
    }


def test_a_witness_that_there_is_not():
    with pytest.raises(UsageError, match="there is no witness 'tensorflow'"):
        archcalc.load("lenet5").hear("tensorflow")
