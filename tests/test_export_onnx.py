"""Networks as ONNX: what a file holds, what ONNX Runtime makes of it, and what is read back of it."""

from __future__ import annotations

import json
import sys
from math import prod

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.convert.onnx import read
from archcalc.errors import ConvertError, ForwardError, MissingError, UsageError
from archcalc.export.testimony import hear
from archcalc.register import kinds
from archcalc.spec.write import text
from archcalc.testing import layer_and_inputs, networks

onnx = pytest.importorskip("onnx", reason="ONNX files are written and checked with the package onnx")

from archcalc.export.onnx import NONE, SEEDED, check, file, model  # noqa: E402  (where there is onnx)
from archcalc.export.onnx.model import BATCH, OPSET  # noqa: E402

KINDS = {kind.op: kind for kind in kinds() if not kind.declared}
FIGURES = ("output", "params", "fixed", "connections", "neurons", "macs", "flops")


def runtime(graph):
    """ONNX Runtime as a witness of a network, where it is there."""
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is a witness where it is installed")
    from archcalc.export.onnx import witness

    return witness(graph)


def of(shape, *layers):
    """A network of layers as they stand in a spec."""
    return load(f"archcalc: 1\nname: n\ninput: {shape}\nlayers: [{', '.join(layers)}]\n")


def back(net, inside, *, weights=NONE, change=None):
    """What is read of the file that a network is written to."""
    made = model(net.graph, weights=weights)
    if change:
        change(made)
    path = inside / "net.onnx"
    path.write_bytes(made.SerializeToString())
    return read(str(path))


def rows(net):
    """Every row's figures, in order."""
    return [tuple(str(getattr(row, figure)) for figure in FIGURES) for row in net.rows]


def silent(made):
    """Take out what archcalc says of layers, so that the graph alone is read."""
    for node in made.graph.node:
        del node.metadata_props[:]


# -- every kind


@pytest.mark.parametrize("op", KINDS)
def test_every_kind_is_checked_heard_and_read_back(op, alone, tmp_path):
    @settings(deadline=None, max_examples=6, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def holds(data):
        layer, *xs = data.draw(layer_and_inputs(op))
        net = alone(layer, xs)
        made = model(net.graph)
        check(made)
        shapes_are_inferred(made, net)
        heard = hear(net.graph, runtime(net.graph))
        assert heard.ok, str(heard)
        draft = back(net, tmp_path)
        assert [item.layer for item in draft.items] == [node.layer for node in net.graph.nodes]
        assert rows(draft.net()) == rows(net)

    holds()


def shapes_are_inferred(made, net):
    """ONNX's own inference, told nothing but the inputs, finds our shape of every layer."""
    bare = onnx.ModelProto()
    bare.CopyFrom(made)
    del bare.graph.value_info[:]
    for out in bare.graph.output:
        out.type.tensor_type.ClearField("shape")
    found = onnx.shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True)
    infos = {
        info.name: info.type.tensor_type.shape.dim for info in (*found.graph.value_info, *found.graph.output)
    }
    for node in net.graph.nodes:
        name = net.graph.layer_of(node.name)
        name = name if f"{name}.before" not in infos or name != node.name else f"{name}.before"
        dims = [dim.dim_value or dim.dim_param for dim in infos[name]]
        assert [dim if isinstance(dim, int) else None for dim in dims[1:]] == list(node.y), (node, dims)


@settings(deadline=None, max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(net=networks(kinds=[op for op in KINDS if op not in ("rnn", "gru", "lstm")]))
def test_any_network_is_heard_and_read_back(net, tmp_path_factory):
    """But for recurrence on next to nothing: its tanh in ONNX Runtime is right to 1e-7, however small it is."""
    assert hear(net.graph, runtime(net.graph)).ok
    assert rows(back(net, tmp_path_factory.mktemp("drawn")).net()) == rows(net)


# -- what a file holds


def test_lenet5_is_written_as_published():
    """Its table, its trainable subsampling and its distances, in groups of its layers' names."""
    net = load("lenet5")
    made = model(net.graph)
    by_name = {node.name: node for node in made.graph.node}
    assert [name for name in by_name if name.startswith("S2/") and "constant" not in name] == [
        "S2/averagepool", "S2/mul", "S2/unsqueeze", "S2/mul_2", "S2/unsqueeze_2", "S2/add", "S2/mul_3", "S2/tanh", "S2/mul_4"
    ]  # fmt: skip
    runs = [
        onnx.helper.get_node_attr_value(node, "group")
        for name, node in by_name.items()
        if name.startswith("C3/conv")
    ]
    assert [n for n in runs if isinstance(n, int)] == [6, 9, 1]  # Table I: three of six, four of six, all
    stored = {tensor.name: list(tensor.dims) for tensor in made.graph.initializer}
    assert stored["C3.weight"] == [60, 5, 5]
    assert stored["S2.coefficient"] == [6]
    assert stored["OUTPUT.codes"] == [10, 84]
    assert sum(map(prod, stored.values())) == 60_000 + 840
    assert [value.name for value in (*made.graph.input, *made.graph.output)] == ["input", "OUTPUT"]
    shapes = {
        info.name: [d.dim_value or d.dim_param for d in info.type.tensor_type.shape.dim]
        for info in made.graph.value_info
    }
    assert shapes["C3"] == [BATCH, 16, 10, 10]
    assert shapes["C3.before"] == [BATCH, 16, 10, 10]
    assert made.opset_import[0].version == OPSET
    assert (made.graph.name, made.producer_name) == ("LeNet-5", "archcalc")


def test_a_batch_of_any_size_runs():
    runtime(load("lenet5").graph)
    import numpy as np
    import onnxruntime

    net = load("vit_b_16").at(H=32, W=32, d=32, heads=4, L=1, classes=5)  # its class token is of no example
    session = onnxruntime.InferenceSession(file(net.graph), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).standard_normal((3, 3, 32, 32)).astype("float32")
    (every,) = session.run(None, {"input": x})
    each = [session.run(None, {"input": x[i : i + 1]})[0] for i in range(3)]
    assert every.shape == (3, 5)
    assert np.allclose(every, np.concatenate(each), atol=1e-5)


def test_the_same_network_gives_the_same_bytes():
    assert file(load("lenet5").graph) == file(load("lenet5").graph)
    assert file(load("lenet5").graph) != file(load("lenet5").graph, seed=1)


def test_a_tensor_of_two_layers_is_stored_once():
    net = load("gpt2").at(V=50, P=8, T=4, d=16, heads=2, L=1)
    made = model(net.graph)
    names = [tensor.name for tensor in made.graph.initializer]
    assert len(names) == len(set(names))
    assert "tok.weight" in names
    assert "head.weight" not in names
    assert sum(prod(tensor.dims) for tensor in made.graph.initializer) == net.params


def test_weights_that_no_file_holds_are_refused():
    net = load("llama-3-8b")
    with pytest.raises(UsageError) as error:
        file(net.graph)
    assert str(error.value) == (
        "seeded weights would take 32.1 GB, and an ONNX file holds 2\n"
        "  why: 8,030,261,248 numbers of float32, by chance and of no use to anybody\n"
        "       --weights none writes the shapes alone: a small file that every tool counts in full"
    )


def test_a_network_of_any_size_is_written_without_weights(archcalc, inside):
    ran = archcalc("export", "llama-3-8b", "--weights", "none", "-o", "llama.onnx")
    assert (ran.status, ran.out) == (0, "")
    assert (inside / "llama.onnx").stat().st_size < 1_000_000
    assert rows(read("llama.onnx").net()) == rows(load("llama-3-8b"))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("--to", "onnx"),
            "onnx is a file\n  why: it is bytes, and a terminal shows text\n  fix: -o model.onnx\n",
        ),
        (("--weights", "none"), "torch has no weights to choose\n"),
        (("-o", "x.onnx", "--weights", "real"), "weights of onnx are seeded or none, not 'real'\n"),
    ],
)
def test_a_mistaken_export_is_told_and_writes_nothing(args, message, archcalc, inside):
    ran = archcalc("export", "lenet5", *args)
    assert (ran.status, ran.out, ran.err) == (2, "", message)
    assert list(inside.iterdir()) == []


def test_onnx_runtime_is_a_witness_on_the_command_line(archcalc):
    runtime(load("lenet5").graph)
    ran = archcalc("verify", "lenet5", "--with", "onnx", "-f", "json")
    assert ran.status == 0
    assert json.loads(ran.out)["witness"] == "ONNX Runtime"


# -- what is read back of it


SMALL = {
    "lenet5": {}, "zipcode-1989": {}, "resnet18-a": {"H": 64, "W": 64, "width": 8}, "googlenet-2014": {"H": 64, "W": 64},
    "mobilenet_v3_small": {"H": 64, "W": 64}, "convnext_tiny": {"H": 64, "W": 64, "d": 16, "n3": 1}, "dcgan-pytorch": {},
    "albert-base-v2": {"V": 50, "P": 8, "T": 4, "d": 32, "heads": 4, "L": 2, "narrow": 8},
    "t5-small": {"V": 50, "S": 5, "T": 4, "d": 32, "heads": 4, "kv": 8, "L": 2, "ff": 40},
    "mistral-7b": {"V": 50, "T": 6, "d": 32, "heads": 4, "kv": 2, "L": 2, "ff": 40, "window": 3},
    "lstm-zaremba": {"V": 50, "T": 4, "d": 12},
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_a_bundled_network_is_heard_and_read_back(name, tmp_path):
    net = load(name)
    net = net.at(**SMALL[name]) if SMALL[name] else net
    heard = hear(net.graph, runtime(net.graph))
    assert heard.ok, str(heard)
    assert (heard.params, heard.counted, heard.unheard) == (net.params, net.params, [])
    again = back(net, tmp_path).net()
    assert rows(again) == rows(net)
    assert again.name == net.name


ALONE = {
    "lenet5-pytorch": {}, "lenet1": {}, "lenet-caffe": {}, "unet": {"H": 188, "W": 188, "width": 4},
    "resnet50": {"H": 64, "W": 64, "width": 8}, "densenet121": {"H": 64, "W": 64, "k": 8},
    "mobilenet_v2": {"H": 64, "W": 64}, "googlenet": {"H": 64, "W": 64},
    "gpt2": {"V": 50, "P": 8, "T": 4, "d": 16, "heads": 2, "L": 2}, "lstm-zaremba": SMALL["lstm-zaremba"],
    "llama-3-8b": {"V": 50, "T": 6, "d": 32, "heads": 4, "kv": 2, "L": 2, "ff": 40},
    "vit_b_16": {"H": 32, "W": 32, "d": 32, "heads": 4, "L": 2},
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_the_graph_alone_says_the_same(name, tmp_path):
    """Without a word of archcalc's about its layers, a file comes to the same rows and names."""
    net = load(name)
    net = net.at(**ALONE[name]) if ALONE[name] else net
    draft = back(net, tmp_path, weights=SEEDED, change=silent)
    assert draft.coverage.full
    assert rows(draft.net()) == rows(net)
    assert [row.name for row in draft.net().rows] == [row.name for row in net.rows]


def test_lenet5_is_known_by_its_graph(tmp_path):
    """Its tanh, its table, its subsampling and its distances; only that nobody trains the codes is not there."""
    net = load("lenet5")
    again = back(net, tmp_path, weights=SEEDED, change=silent).net()
    assert [row.op for row in again.rows][:6] == [row.op for row in net.rows][:6]
    assert rows(again)[:6] == rows(net)[:6]
    assert [node.layer for node in again.graph.nodes][4].table == net.graph.by_name["C3"].layer.table
    assert (again.params, again.fixed) == (60_840, 0)
    assert (again.connections, again.macs, again.flops) == (net.connections, net.macs, net.flops)


def told_otherwise(change):
    """A change of what is said of layers: of each a map, which `change` may alter."""

    def apply(made):
        for node in made.graph.node:
            for entry in node.metadata_props:
                said = json.loads(entry.value)
                entry.value = json.dumps(change(said) or said)

    return apply


@pytest.mark.parametrize(
    "change",
    [
        lambda said: {**said, "op": "identity", "fields": {}},
        lambda said: {**said, "fields": {**said.get("fields", {}), "out_channels": 7}},
        lambda said: {**said, "reads": ["nothing"]},
        lambda said: {**said, "nodes": 10**9},
        lambda said: {**said, "nodes": -1},
        lambda said: {**said, "tensors": {"weight": "C5.weight"}},
        lambda _: {
            "op": "opaque",
            "fields": {"num_params": 10**9},
            "nodes": 1,
            "group": "x",
            "gives": "y",
        },
        lambda _: {"op": ["conv2d"]},
        lambda said: [said],
        lambda _: 7,
    ],
)
def test_what_the_nodes_do_not_bear_out_is_not_believed(change, tmp_path):
    net = load("lenet5-pytorch")
    again = back(net, tmp_path, change=told_otherwise(change)).net()
    assert (again.params, again.macs, again.connections) == (net.params, net.macs, net.connections)


@pytest.mark.parametrize("said", ["", "{", "[" * 100_000, '{"op": NaN}', "null", '"' + "x" * 2_000_000 + '"'])
def test_nonsense_that_is_said_of_layers_is_passed_over(said, tmp_path):
    def change(made):
        for part in (*made.graph.node, *made.graph.input):
            for entry in part.metadata_props:
                entry.value = said

    assert back(load("lenet5-pytorch"), tmp_path, change=change).net().params == 61_706


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("locally_connected2d", {"out_channels": 1, "kernel_size": 1}),
        ("gather", {"axis": "W", "count": 10**12}),
        ("lstm", {"hidden_size": 1, "num_layers": 10**9}),
        ("upsample", {"size": [10**12, 1]}),
        ("median_pool2d", {"kernel_size": 10**6}),
    ],
)
def test_what_is_said_of_a_layer_takes_no_time_to_refuse(op, fields, tmp_path):
    """A small file may say that a node is a layer of any size."""
    x = onnx.helper.make_tensor_value_info("x", 1, [1, 1, 10**6, 10**6])
    node = onnx.helper.make_node("Relu", ["x"], ["y"], "a/relu")
    said = {"op": op, "fields": fields, "group": "a", "gives": "y", "reads": ["x"], "nodes": 1}
    for part, told in ((x, {"axes": ["C", "H", "W"]}), (node, said)):
        entry = part.metadata_props.add()
        entry.key, entry.value = "archcalc", json.dumps(told)
    y = onnx.helper.make_tensor_value_info("y", 1, None)
    graph = onnx.helper.make_graph([node], "g", [x], [y])
    (tmp_path / "odd.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    assert [item.layer.op for item in read(str(tmp_path / "odd.onnx")).items] == ["relu"]


def test_a_node_that_was_changed_is_read_as_it_is(tmp_path):
    """A layer is what its nodes are, whatever is said of it."""

    def change(made):
        node = next(node for node in made.graph.node if node.name == "pool/maxpool")
        next(a for a in node.attribute if a.name == "strides").ints[:] = [1, 1]

    net = of("[2, 8, 8]", "{name: pool, op: max_pool2d, kernel_size: 2}")
    assert net.output == (2, 4, 4)
    assert back(net, tmp_path, change=change).net().output == (2, 7, 7)
    assert back(net, tmp_path, change=change).items[0].layer.label() == "max_pool2d 2x2/1"


def test_what_is_added_to_a_file_is_read_with_the_rest(tmp_path):
    def change(made):
        made.graph.output[0].name = "nearness"
        made.graph.node.append(onnx.helper.make_node("Neg", ["OUTPUT"], ["nearness"]))

    net = load("lenet5")
    again = back(net, tmp_path, change=change).net()
    assert rows(again)[:-1] == rows(net)
    assert again.rows[-1].op == "rescale"


ODD = {
    "an activation with weights": (
        "[3, 8, 8]", "{name: a, op: conv2d, out_channels: 4, kernel_size: 3, activation: {op: prelu, num_parameters: 4}}",
        "{name: b, op: relu}",
    ),
    "a layer again": ("[3, 8, 8]", "{name: a, op: batch_norm}", "{name: b, op: relu}", "{name: c, share: a}"),
    "a tensor turned over": (
        "[4]", "{name: a, op: linear, out_features: 4, trainable: false}",
        "{name: b, op: linear, out_features: 4, bias: false, tie: {weight: a.weight.T}}",
    ),
    "an activation that stands alone": ("[4]", "{name: a, op: linear, out_features: 3}", "{name: b, op: tanh}"),
    "a projected recurrence": ("[3, 4]", "{name: a, op: lstm, hidden_size: 5, proj_size: 2, bidirectional: true}"),
    "a part of indices": (
        "{shape: [6], dtype: int}", "{name: a, op: slice, axis: T, start: 1}",
        "{name: b, op: embedding, num_embeddings: 9, embedding_dim: 4}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_what_is_seldom_is_heard_and_read_back(odd, tmp_path):
    net = of(*ODD[odd])
    assert hear(net.graph, runtime(net.graph)).ok
    again = back(net, tmp_path).net()
    assert rows(again) == rows(net)
    assert [row.name for row in again.rows] == [row.name for row in net.rows]


# -- names, and what is refused


@pytest.mark.parametrize(
    "name", ["'); import os; os.system('true')", "a\nb", "\u202eevil", "{x}", "名前", "x" * 300]
)
def test_a_name_is_a_name(name, tmp_path):
    """No name is more than a text in the file; what is read back is the same network."""
    layers = [{"name": "class", "op": "linear", "out_features": 2}, {"name": "a-b", "op": "relu"}]
    net = load(text({"archcalc": 1, "name": name, "input": [3], "layers": layers}))
    made = model(net.graph)
    check(made)
    assert made.graph.name == net.name
    assert [node.name for node in made.graph.node] == ["class/gemm", "a-b/relu"]
    again = back(net, tmp_path).net()
    assert rows(again) == rows(net)


def test_an_opaque_layer_is_refused():
    net = of("[3]", "{name: odd, op: opaque, num_params: 5}")
    with pytest.raises(ForwardError) as error:
        file(net.graph)
    assert str(error.value) == "odd is opaque\n  why: such a layer has figures, and no forward pass"


def test_letters_are_refused():
    with pytest.raises(ForwardError) as error:
        file(load("lenet5", symbolic="H").graph)
    assert str(error.value) == "a forward pass needs a number for each size, and H is left open"


def test_a_kind_of_somebody_elses_is_refused(monkeypatch):
    from archcalc.export.onnx import rules

    assert rules.rule("relu")  # the rules are entered
    monkeypatch.delitem(rules.RULES, "relu")
    with pytest.raises(ConvertError) as error:
        file(of("[3]", "{name: mine, op: relu}").graph)
    assert str(error.value) == (
        "layer mine: relu cannot be written as ONNX\n"
        "  why: its kind says what it costs, and not in ONNX's operators what it does"
    )


def test_without_its_package_there_is_one_sentence(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingError) as error:
        file(load("lenet5").graph)
    assert str(error.value) == (
        "ONNX files are written and checked with the package onnx, which is not installed\n"
        "  fix: pip install 'archcalc[onnx]'"
    )


def test_no_op_of_a_file_is_taken_for_a_layer_that_was_borne_out(tmp_path):
    """The word by which the reader knows such a layer is an op that a hostile file may name."""
    x = onnx.helper.make_tensor_value_info("x", 1, [1, 3])
    node = onnx.helper.make_node("archcalc layer", ["x"], ["y"], told=b"relu")
    graph = onnx.helper.make_graph([node], "g", [x], [onnx.helper.make_tensor_value_info("y", 1, [1, 3])])
    (tmp_path / "odd.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    assert not read(str(tmp_path / "odd.onnx")).coverage.full
