"""Networks as Keras source: what it looks like, what Keras makes of it, and what no spec can make of it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.errors import ConvertError
from archcalc.export.keras import exported
from archcalc.export.keras.attributes import TAKEN
from archcalc.export.keras.framework import KERAS
from archcalc.export.testimony import hear, named
from archcalc.register import kinds
from archcalc.spec.write import text
from archcalc.testing import layer_and_inputs

KINDS = [kind.op for kind in kinds() if not kind.declared]
DRAWN = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def keras():
    os.environ["KERAS_BACKEND"] = "torch"
    pytest.importorskip("torch", reason="Keras runs on PyTorch here")
    found = pytest.importorskip(
        "keras", minversion="3", reason="exported source is run where Keras is installed"
    )
    if found.config.backend() != "torch" or os.environ.get("KERAS_TORCH_DEVICE") == "meta":
        with found.device("cpu"):
            yield found
    else:
        yield found


def witnessed(net):
    """Keras agrees in every layer, and counts what we count, trained and stored."""
    witness = named("keras", net.graph)
    found = hear(net.graph, witness)
    assert found.ok, str(found)
    assert found.unheard == []
    assert witness.stored == net.fixed


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("op", KINDS)
def test_every_kind_gives_the_same_numbers(op, alone):
    @settings(max_examples=2, **DRAWN)
    @given(data=st.data())
    def holds(data):
        layer, *xs = data.draw(layer_and_inputs(op))
        witnessed(alone(layer, xs))

    holds()


def test_every_kind_has_a_rule():
    assert all(map(KERAS.rule, KINDS))


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("lenet5", {}),
        ("resnet20", {}),
        ("gpt2", {"T": 4, "P": 8, "L": 2, "d": 64, "heads": 4, "V": 20}),
        ("t5-small", {"V": 20, "S": 6, "T": 4, "L": 3, "d": 16, "heads": 2, "kv": 8, "ff": 8}),
    ],
)
def test_whole_networks_give_the_same_numbers(name, sizes):
    witnessed(load(name).at(**sizes) if sizes else load(name))


SOMETIMES = """
archcalc: 1
name: copies that are there sometimes
input: [4]
blocks:
  more:
    layers:
      - {name: mix, op: linear, out_features: 4}
      - {name: sum, op: add, from: [mix, input]}
  stage:
    args: {count: 1}
    layers:
      - {name: first, op: linear, out_features: 4}
      - {name: rest, block: more, repeat: count - 1, when: count > 1}
layers:
  - {name: one, block: stage}
  - {name: three, block: stage, with: {count: 3}}
"""


@pytest.mark.usefixtures("keras")
def test_copies_that_are_not_there_are_gone_through_by_no_step():
    net = load(SOMETIMES)
    source = exported(net.graph)
    assert "self.rest = [More() for _ in range(count - 1)] if count > 1 else []\n" in source
    witnessed(net)


def test_a_table_of_distances_is_shared_as_a_layer():
    source = exported(load("t5-small").graph)
    assert (
        "        for layer in self.enc:\n            layer.tied.relative = self.enc0.attn.relative\n"
        in source
    )
    assert "        self.head.source = self.tok\n" in source


@pytest.mark.usefixtures("keras")
def test_a_tie_of_a_tie_is_the_first_layer_itself():
    ties = {"b": "a.weight", "c": "b.weight"}
    layers = [{"name": name, "op": "linear", "out_features": 4} for name in "abc"]
    for layer in layers[1:]:
        layer["tie"] = {"weight": ties[layer["name"]]}
    net = load(text({"archcalc": 1, "input": [4], "layers": layers}))
    assert "        self.b.source = self.a\n        self.c.source = self.a\n" in exported(net.graph)
    witnessed(net)


TIED = [
    "{name: b, op: linear, out_features: 4, tie: {weight: a.weight.T}}",
    "{name: b, op: linear, out_features: 4, bias: false, tie: {weight: a.weight.T}},"
    "{name: c, op: linear, out_features: 3, tie: {weight: b.weight.T}},"
    "{name: d, op: linear, out_features: 4, tie: {weight: b.weight}, activation: tanh}",
    "{name: b, op: linear, out_features: 4, tie: {weight: a.weight.T}}, {name: c, share: a}, {name: d, share: b}",
]


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("layers", TIED)
def test_weights_are_shared_turned_over(layers):
    first = "{name: a, op: linear, out_features: 3}"
    net = load(f"archcalc: 1\nname: n\ninput: [4]\nlayers: [{first}, {layers}]\n")
    assert "        self.b = TransposedDense(4" in exported(net.graph)
    witnessed(net)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("padding", ["same", 1, [[0, 1], [1, 1]]])
@pytest.mark.parametrize("options", [{}, {"count_include_pad": False}, {"ceil_mode": True}])
def test_a_mean_counts_the_cells_that_it_should(padding, options):
    layer = {"name": "a", "op": "avg_pool2d", "kernel_size": 3, "stride": 2, "padding": padding, **options}
    witnessed(load(text({"archcalc": 1, "input": [1, 5, 7], "layers": [layer]})))


@pytest.mark.usefixtures("keras")
def test_an_activation_that_has_weights_is_a_layer_of_its_own():
    first = {"name": "a", "op": "linear", "out_features": 4, "activation": "prelu"}
    copies = {**first, "name": "c", "repeat": 2, "trainable": False}
    net = load(text({"archcalc": 1, "input": [4], "layers": [first, {"name": "b", "share": "a"}, copies]}))
    assert exported(net.graph).count("x = self.a_activation(x)  # 4\n") == 2
    witnessed(net)


@pytest.mark.usefixtures("keras")
def test_copies_that_share_their_tensors_may_have_those_of_another():
    first = {"name": "a", "op": "linear", "out_features": 4}
    copies = {**first, "name": "b", "repeat": 2, "shared": True, "tie": {"weight": "a.weight"}}
    witnessed(load(text({"archcalc": 1, "input": [4], "layers": [first, copies]})))


def test_a_tie_that_keras_has_no_place_for_is_refused():
    convolutions = [{"name": name, "op": "conv2d", "out_channels": 3, "kernel_size": 1} for name in "ab"]
    convolutions[1]["tie"] = {"weight": "a.weight"}
    net = load(text({"archcalc": 1, "input": [3, 4, 4], "layers": convolutions}))
    with pytest.raises(ConvertError) as error:
        exported(net.graph)
    assert str(error.value) == (
        "layer b: weight is tied to a.weight\n"
        "  why: in Keras the table of an embedding, full weights, and as it is a table of distances are shared"
    )


def test_lenet5_as_published_has_its_table_its_subsampling_and_its_codes():
    source = exported(load("lenet5").graph)
    assert "TableConv(" in source
    assert "C3_TABLE = [" in source
    assert "self.s2 = Subsample2D((2, 2), (2, 2))" in source
    assert "Rbf(OUTPUT_CODES, trainable=False)" in source


def test_a_file_has_no_function_that_it_does_not_call():
    layer = {"name": "a", "op": "local_response_norm", "size": 3}
    source = exported(load(text({"archcalc": 1, "input": [4, 5, 5], "layers": [layer]})).graph)
    assert "def local_response_norm(" in source
    assert "def around(" not in source, "a docstring that says around calls nothing"


def test_blocks_are_classes_and_repeats_are_loops():
    source = exported(load("resnet18").graph)
    assert "class Basic(layers.Layer):" in source
    assert "self.layer1 = [Basic(64, s=1) for _ in range(2)]" in source
    assert "for layer in self.layer1:\n            x = layer(x)  # 64@56x56" in source


@pytest.mark.usefixtures("keras")
def test_source_runs_as_it_is(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(exported(load("lenet5").graph), encoding="utf-8")
    env = {**os.environ, "KERAS_BACKEND": "torch", "KERAS_TORCH_DEVICE": "cpu"}
    ran = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=env, check=True)
    assert ran.stdout == "(1, 10)\n60,840 parameters\n"


HOSTILE = [
    "__import__('os').system('true')",
    'x"""\nimport os\n"""',
    "class",
    "a\\",
    "self",
    "{0}",
    "é",
    "print()",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_a_spec_never_become_code(name):
    content = {
        "archcalc": 1,
        "name": name,
        "note": name,
        "input": [3],
        "layers": [{"name": "a", "op": "linear", "out_features": 2}],
    }
    tree = ast.parse(exported(load(text(content)).graph))
    assert [type(node).__name__ for node in tree.body] == [
        "Expr",
        "Import",
        "ImportFrom",
        "Expr",
        "ClassDef",
        "If",
    ]


def test_a_stride_and_a_dilation_at_once_are_refused():
    layer = {
        "name": "a",
        "op": "conv2d",
        "out_channels": 1,
        "kernel_size": 2,
        "stride": [2, 1],
        "dilation": 2,
    }
    with pytest.raises(ConvertError) as error:
        exported(load(text({"archcalc": 1, "input": [1, 9, 9], "layers": [layer]})).graph)
    assert str(error.value) == (
        "layer a: it has a stride of (2, 1) and a dilation of 2\n  why: Keras has no convolution with both"
    )


@pytest.mark.usefixtures("keras")
def test_copies_in_a_loop_have_their_activation_in_it():
    layer = {"name": "a", "op": "rnn", "hidden_size": 4, "repeat": 2, "activation": "mish"}
    net = load(text({"archcalc": 1, "input": [3, 4], "layers": [layer]}))
    assert "x = keras.activations.mish(layer(x))" in exported(net.graph)
    witnessed(net)


def test_what_has_no_counterpart_is_refused():
    layers = [{"name": "a", "op": "opaque", "num_params": 3}]
    net = load(text({"archcalc": 1, "input": [3], "layers": layers}))
    with pytest.raises(ConvertError) as error:
        exported(net.graph)
    assert "opaque cannot be exported to Keras" in str(error.value)


def test_names_that_keras_takes_are_known(keras):
    taken = {name for cls in (keras.Model, keras.Layer) for name in dir(cls) if not name.startswith("_")}
    assert taken <= TAKEN
