"""Keras files: what they say as a spec, held against Keras and PyTorch's counter, and hostile ones."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from math import prod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archcalc
from archcalc.convert.keras import read
from archcalc.convert.keras.file import parsed
from archcalc.convert.keras.reader import draft_of
from archcalc.errors import ArchcalcError, ConvertError, MissingError

HERE = Path(__file__).parent / "keras"
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.json"))}


def draft(config, name="model.json"):
    return draft_of(config, name, {})


def chain(*layers, shape=(8, 8, 3), **more):
    """A Sequential as Keras 3 writes it: classes with their configurations."""
    given = [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {"batch_shape": [None, *shape], **more, "name": "x"},
        }
    ]
    for i, (kind, config) in enumerate(layers):
        given.append(
            {
                "module": "keras.layers",
                "class_name": kind,
                "config": {"name": f"{kind.lower()}_{i}", **config},
            }
        )
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "chain", "layers": given}}


def net(*layers, **more):
    return draft(chain(*layers, **more)).net()


# -- files that Keras wrote, counted by hand


def test_lenet_of_keras_by_hand():
    found = archcalc.load(HERE / "lenet.json")
    assert [row.name for row in found.rows] == ["c1", "s2", "c3", "s4", "c5", "f6", "scores"]
    assert found.params == (25 + 1) * 6 + (150 + 1) * 16 + 401 * 120 + 121 * 84 + 85 * 10
    assert found.macs == 784 * 6 * 25 + 100 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10
    assert found["c1"].op == "conv2d 5x5 pad 2, tanh"


def test_repeated_parts_and_open_sizes():
    found = archcalc.load(HERE / "residual.json")
    block = 8 * 8 * 9 + 16 + 72
    assert (found.params, found.fixed) == (3 * 8 * 9 + 16 + 3 * block + 90, 4 * 16)
    assert found.macs == 112 * 112 * 8 * 27 + 3 * (112 * 112 * 8 * 72 + 64) + 80
    assert found.at(H=64, W=32).macs == 32 * 16 * 8 * 27 + 3 * (32 * 16 * 8 * 72 + 64) + 80
    assert "leaves sizes open" in str(found.report())
    assert "{name: block, block: block, repeat: 3}" in read(str(HERE / "residual.json")).text()
    assert found["block.1.conv"].params == 8 * 8 * 9


def test_recurrence_from_both_ends_and_attention():
    found = archcalc.load(HERE / "text.json")
    assert found.params == 1600 + 2 * 4 * 8 * (16 + 8 + 1) + 4 * 17 * 16 + 32 + 51
    assert found.macs == 12 * 2 * 4 * 8 * 24 + 12 * 4 * 256 + 2 * 12 * 12 * 16 + 48


def test_a_model_that_is_applied_twice_has_one_set_of_tensors():
    found = archcalc.load(HERE / "shared.json")
    assert (found.params, found.fixed) == (36, 16)  # 8·4 + 4; what is frozen of a norm of 4, all of it
    assert found.macs == 2 * 32
    assert found["twin_1.dense"].params == 0
    assert "tensors of twin.dense" in found["twin_1.dense"].op


@pytest.mark.parametrize("name", FILES)
def test_the_spec_of_a_file_gives_its_rows_again(name, tmp_path):
    own = read(str(HERE / f"{name}.json"))
    assert own.coverage.full
    again = tmp_path / "again.yaml"
    again.write_text(own.text(), encoding="utf-8")
    assert archcalc.load(again).rows == own.net().rows


# -- how a configuration is read


def test_channels_first_and_last_are_one_network():
    sliding = {
        "filters": 4,
        "kernel_size": [3, 3],
        "padding": "same",
        "strides": [2, 2],
        "activation": "relu",
    }
    layers = [
        ("Conv2D", sliding),
        ("MaxPooling2D", {"pool_size": [2, 2]}),
        ("Flatten", {}),
        ("Dense", {"units": 5}),
    ]
    last = net(*layers)
    first = [(kind, {**config, "data_format": "channels_first"}) for kind, config in layers]
    other = net(*first, shape=(3, 8, 8))
    assert other.input == (3, 8, 8) == last.input
    assert other.rows == last.rows
    assert last.params == 4 * 28 + 5 * 17


def test_maps_are_turned_before_they_become_a_vector():
    found = net(("Conv2D", {"filters": 2, "kernel_size": 3}), ("Flatten", {}), ("Dense", {"units": 1}))
    assert [node.layer.op for node in found.graph.nodes] == ["conv2d", "permute", "flatten", "linear"]


def test_an_axis_is_the_one_that_keras_means():
    found = net(
        ("Permute", {"dims": [2, 1]}), ("Dense", {"units": 5}), ("Softmax", {"axis": 1}), shape=(7, 3)
    )
    assert tuple(found.output) == (3, 5)
    assert found.params == 5 * 8
    assert found.rows[-1].op.endswith("softmax")
    assert found.graph.nodes[-1].layer.axis == "T"


def test_causal_and_dilated():
    found = net(
        ("Conv1D", {"filters": 2, "kernel_size": 3, "dilation_rate": 4, "padding": "causal"}), shape=(10, 3)
    )
    assert tuple(found.output) == (2, 10)
    assert [node.layer.op for node in found.graph.nodes] == ["pad", "permute", "conv1d"]


@pytest.mark.parametrize(
    ("kind", "config", "shape", "params", "macs"),
    [
        ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "depth_multiplier": 2}, (8, 8, 3), 6 * 9 + 6 * 5 + 5, 36 * (6 * 9 + 30)),
        ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "use_bias": False}, (8, 8, 3), 27, 64 * 27),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (8, 8, 3), 4 * 28, 64 * 12 * 9),
        ("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3}, (8, 8, 3), 6 * 10, 36 * 6 * 9),
        ("LocallyConnected2D", {"filters": 2, "kernel_size": 3}, (8, 8, 3), 72 * 28, 72 * 27),
        ("EinsumDense", {"equation": "abc,cde->abde", "output_shape": [None, 2, 5], "bias_axes": "de"}, (7, 3), 10 * 4, 7 * 30),
        ("EinsumDense", {"equation": "abc,bd->adc", "output_shape": [4, 3]}, (7, 3), 28, 7 * 3 * 4),
        ("LSTM", {"units": 5}, (7, 3), 4 * 5 * 9, 7 * 20 * 8),
        ("GRU", {"units": 5}, (7, 3), 3 * 5 * 10, 7 * 15 * 8),
        ("GRU", {"units": 5, "reset_after": False}, (7, 3), 3 * 5 * 9, 7 * 15 * 8),
        ("SimpleRNN", {"units": 5, "use_bias": False}, (7, 3), 5 * 8, 7 * 40),
        ("ConvLSTM2D", {"filters": 2, "kernel_size": 3}, (4, 8, 8, 3), 8 * (9 * 5 + 1), 0),
        ("TimeDistributed", {"layer": {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": 3}}}, (4, 8, 8, 3), 2 * 28, 4 * 36 * 2 * 27),
        ("Bidirectional", {"layer": {"class_name": "LSTM", "config": {"name": "l", "units": 5}}, "merge_mode": "sum"}, (7, 3), 2 * 180, 2 * 7 * 160),
        ("PReLU", {"shared_axes": [1, 2]}, (8, 8, 3), 3, 0),
        ("PReLU", {}, (8, 8, 3), 192, 0),
        ("LayerNormalization", {"axis": [1, 2], "scale": False}, (4, 3), 12, 0),
        ("BatchNormalization", {"scale": False}, (4, 3), 3, 0),
        ("RMSNormalization", {}, (4, 3), 3, 0),
    ],
)  # fmt: skip
def test_layers_counted_by_hand(kind, config, shape, params, macs):
    found = net((kind, config), shape=shape)
    assert (found.params, found.macs) == (params, macs)


def test_a_file_of_keras_2():
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 8, 8, 3], "name": "in"}, "name": "in", "inbound_nodes": []},
        {"class_name": "Conv2D", "config": {"name": "a", "filters": 3, "kernel_size": [3, 3], "padding": "same", "activation": "hard_sigmoid"}, "name": "a", "inbound_nodes": [[["in", 0, 0, {}]]]},
        {"class_name": "TFOpLambda", "config": {"name": "tf.math.add", "function": "math.add"}, "name": "tf.math.add", "inbound_nodes": [["a", 0, 0, {"y": ["in", 0, 0]}]]},
        {"class_name": "TFOpLambda", "config": {"name": "tf.math.multiply", "function": "math.multiply"}, "name": "tf.math.multiply", "inbound_nodes": [["tf.math.add", 0, 0, {"y": 0.5}]]},
        {"class_name": "Concatenate", "config": {"name": "c", "axis": -1}, "name": "c", "inbound_nodes": [[["a", 0, 0, {}], ["tf.math.multiply", 0, 0, {}]]]},
    ]  # fmt: skip
    config = {"name": "old", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["c", 0, 0]]}
    found = draft({"class_name": "Model", "config": config}).net()
    assert tuple(found.output) == (6, 8, 8)
    assert found.params == 3 * 28
    ops = [node.layer.op for node in found.graph.nodes]
    assert ops == ["conv2d", "rescale", "hard_tanh", "add", "rescale", "concat"]


def test_what_has_no_kind_is_opaque_and_named(archcalc, inside):
    config = chain(("Dense", {"units": 4}), ("Activation", {"activation": "squareplus"}), shape=(3,))
    (inside / "model.json").write_text(json.dumps(config))
    report = archcalc("report", "model.json").out
    assert "opaque, work unknown" in report
    assert "1 of 2 kinds of ops; opaque, their work unknown: Activation (1)" in " ".join(report.split())
    strict = archcalc("import", "model.json", "--strict")
    assert strict.status == 2
    assert "is read in part" in strict.err


# -- what is refused


def refused(config):
    with pytest.raises(ConvertError) as error:
        draft(config)
    return str(error.value)


def test_a_lambda_is_refused():
    said = refused(
        chain(("Lambda", {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}}))
    )
    assert said == (
        "'model.json': 'lambda_0' is a Lambda, which is code in a file\n"
        "  why: code from a file is not run, and without it nobody knows what the layer does\n"
        "  fix: model.export('model.onnx', format='onnx')       as ONNX it is read"
    )


def test_a_class_of_its_authors_is_refused_since_its_parameters_are_unknown():
    config = chain(("Dense", {"units": 2}))
    config["config"]["layers"].append(
        {
            "module": "builtins",
            "class_name": "Mine",
            "config": {"name": "m"},
            "registered_name": "Custom>Mine",
        }
    )
    assert "'m' is a 'Mine', a class of its author's" in refused(config)
    config["config"]["layers"][-1] = {"module": "mine", "class_name": "Dense", "config": {"name": "m", "units": 1}, "registered_name": "Custom>Dense"}  # fmt: skip
    assert "unknown parameters are not 0" in refused(config)


def test_a_subclassed_model_is_refused():
    said = refused(
        {"module": "mine", "class_name": "Net", "config": {"depth": 3}, "registered_name": "Custom>Net"}
    )
    assert "'Net' is a class of its author's" in said
    assert "model.export('model.onnx', format='onnx')" in said


def functional(**nodes):
    """A graph of ReLU layers, each with what it reads."""
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"batch_shape": [None, 4], "name": "x"},
            "inbound_nodes": [],
        }
    ]
    for name, reads in nodes.items():
        layers.append(
            {"class_name": "ReLU", "name": name, "config": {"name": name}, "inbound_nodes": [[reads]]}
        )
    return {"class_name": "Functional", "config": {"name": "f", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (functional(a=["b", 0, 0], b=["a", 0, 0]), "'a' reads what it makes itself, by way of others"),
        (functional(a=["a", 0, 0]), "'a' reads what it makes itself"),
        (functional(a=["gone", 0, 0]), "something reads 'gone', and no layer is called so"),
        (functional(a=["x", 3, 0]), "reads call 3 of 'x', and there is none"),
        (functional(a=["x", 10**30, 0]), "no [name, call, output]"),
        (functional(a=[["x"], 0, 0]), "no [name, call, output]"),
        (functional(b=["x", 0, 0]), "its output 'a' is never made"),
        (chain(("Dense", {"units": 10**30})), "its units is 1000000000000000000000000000000, and must be"),
        (chain(("Dense", {"units": -1})), "its units is -1, and must be a whole number from 1"),
        (chain(("Dense", {"units": [3]})), "its units is [3], and must be a whole number"),
        (chain(("Dense", {})), "its units is None"),
        (chain(("Conv2D", {"filters": 1, "kernel_size": 9})), "the layer 'conv2d_0': a 9x9 window does not fit into a 8x8 map"),
        (chain(("Conv2D", {"filters": 1, "kernel_size": [3, 3, 3]})), "has 3 numbers, and there are 2 axes"),
        (chain(("Conv2D", {"filters": 1, "kernel_size": 3, "padding": "full"})), "its padding is 'full'"),
        (chain(("Reshape", {"target_shape": [7, -1]})), "192 numbers cannot be counted as 7x-1"),
        (chain(("Dense", {"units": 1}), shape=(None, "3")), "has a size '3'"),
        ({"class_name": "Sequential", "config": {"name": "s", "layers": []}}, "has no layers"),
        ({"class_name": "Sequential", "config": {"name": "s", "layers": [3]}}, "it has a layer that is no map"),
        ({"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": {"units": 3}}]}}, "has no shape"),
    ],
)  # fmt: skip
def test_broken_configurations(config, said):
    assert said in refused(config)


def test_a_shape_that_is_not_what_the_file_says_is_refused():
    config = json.loads(FILES["residual"])
    for layer in config["config"]["layers"]:
        if layer["name"] == "stem_conv":
            layer["config"]["filters"] = 9
    assert "the layer 'stem_conv': it makes 112x112x9, and the file says ?x?x8" in refused(config)


def test_models_inside_models_end():
    inner = chain(("Dense", {"units": 3}), shape=(3,))
    for _ in range(40):
        inner = {**inner, "config": {"name": "n", "layers": [inner["config"]["layers"][0], inner]}}
    assert "models inside models" in refused(inner)


def test_models_that_double_are_stopped():
    def twice(inner, name):
        node = {
            "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}],
            "kwargs": {},
        }
        inputs = {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, 3]}}
        layers = [inputs, {**inner, "name": "i", "inbound_nodes": [node] * 20}]
        ends = [["i", i, 0] for i in range(20)]
        return {"class_name": "Functional", "config": {"name": name, "layers": layers, "input_layers": ["x", 0, 0], "output_layers": ends}}  # fmt: skip

    model = functional(a=["x", 0, 0])
    for depth in range(8):
        model = twice(model, f"m{depth}")
    assert "calls more than 50,000 layers" in refused(model)


# -- archives


def archive(path, text=FILES["lenet"], method=zipfile.ZIP_DEFLATED, name="config.json"):
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        file.writestr(name, text)
        file.writestr("model.weights.h5", b"never opened")
    return str(path)


def test_an_archive_is_read(inside, archcalc):
    path = archive(inside / "net.keras")
    assert "61,706" in archcalc("report", path).out
    assert archcalc("import", path).err.startswith("read 100 % of the parameters, 4 of 4 kinds of ops")


def said_of(path):
    with pytest.raises(ArchcalcError) as error:
        read(str(path))
    return str(error.value)


def test_an_archive_that_inflates_without_end(tmp_path):
    path = archive(tmp_path / "bomb.keras", '{"class_name": "' + "a" * 40_000_000 + '"}')
    assert os.path.getsize(path) < 100_000
    assert "its configuration has 40,000,018 bytes or more, and 16,777,216 are read" in said_of(path)


def test_an_archive_that_lies_about_its_size(tmp_path):
    path = archive(tmp_path / "liar.keras", '{"class_name": "' + "a" * 40_000_000 + '"}')
    data = bytearray(Path(path).read_bytes())
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"config.json"))
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    Path(path).write_bytes(bytes(data))
    assert "is no Keras model that can be read" in said_of(path)


def test_members_with_paths_are_not_the_configuration(tmp_path):
    path = archive(tmp_path / "path.keras", name="../config.json")
    assert "there is no config.json in the archive" in said_of(path)
    assert not (tmp_path.parent / "config.json").exists()


def test_two_configurations_are_refused(tmp_path):
    path = tmp_path / "two.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", FILES["lenet"])
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("config.json", FILES["text"])
    assert "there are 2 members config.json" in said_of(path)


def test_what_is_encrypted_is_refused(tmp_path):
    path = Path(archive(tmp_path / "locked.keras"))
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"config.json"))
    data[entry + 8] |= 1
    path.write_bytes(bytes(data))
    assert "config.json in it is encrypted" in said_of(path)


def test_other_files_are_named(tmp_path):
    path = tmp_path / "old.keras"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 64)
    assert "it is an HDF5 file" in said_of(path)
    path.write_bytes(b"")
    assert "it is no archive" in said_of(path)
    with pytest.raises(MissingError):
        read(str(tmp_path / "gone.keras"))
    assert "it is a folder" in said_of(tmp_path)


@pytest.mark.parametrize("cut", range(0, 2600, 130))
def test_archives_that_are_cut_off(tmp_path, cut):
    path = Path(archive(tmp_path / "cut.keras"))
    path.write_bytes(path.read_bytes()[: -cut - 1])
    assert said_of(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested without end"),
        ('{"class_name": ' * 50_000, "nested without end"),
        ("[" + "[]," * 1_500_000 + "[]]", "holds more than 2,000,000 values"),
        ("{}", "has a class_name, and this one has none"),
        ("null", "has none"),
        ('{"class_name": NaN}', "NaN is no number of JSON"),
        ('{"class_name": "Sequential", "config": ' + "9" * 5000 + "}", "is no JSON"),
        ('{"class_name": "\ud800"}', "is no JSON"),
        ("{", "is no JSON"),
    ],
)
def test_texts_that_are_no_configuration(text, said):
    with pytest.raises(ConvertError, match=said):
        parsed(text.encode("utf-8", "surrogatepass"), "model.json")


def test_an_infinite_number_is_no_number():
    text = json.dumps(chain(("Rescaling", {"scale": 1})))
    config = parsed(text.replace('"scale": 1', '"scale": 1e999').encode(), "model.json")
    assert "must be a number" in refused(config)


ODD = [None, True, -1, 0, 1, 2, 3, 7, 10**9, 10**40, 0.5, -0.0, 1e300, "", "C", "same", "x", [], [0], [1, 1], [[]], [None], {}, {"class_name": "Dense"}, {"a": []}]  # fmt: skip


def places(value, path=()):
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


PLACES = {name: list(places(json.loads(text)["config"], ("config",))) for name, text in FILES.items()}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_damaged_configuration_is_a_network_or_one_error(data):
    name = data.draw(st.sampled_from(sorted(FILES)))
    config = json.loads(FILES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        *lead, last = data.draw(st.sampled_from(PLACES[name]))
        at = config
        try:
            for key in lead:
                at = at[key]
            at[last] = data.draw(st.sampled_from(ODD))
        except (TypeError, LookupError):
            continue
    try:
        draft(config).written()
    except ArchcalcError as error:
        assert str(error).strip()


# -- Keras itself


@pytest.fixture(scope="module")
def keras():
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ["KERAS_TORCH_DEVICE"] = "meta"
    pytest.importorskip("torch", reason="Keras runs on PyTorch here")
    return pytest.importorskip("keras", minversion="3", reason="Keras makes the models that are read here")


@pytest.mark.parametrize(
    "name", ["MobileNetV3Small", "ResNet50V2", "EfficientNetB0", "Xception", "ConvNeXtTiny"]
)
def test_networks_of_keras_have_its_figures(keras, name, tmp_path):
    """Parameters by Keras, MACs by PyTorch's counter, shapes by Keras: the file holds them, and reading checks."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    model = getattr(keras.applications, name)(weights=None)
    path = tmp_path / "model.json"
    path.write_text(model.to_json(), encoding="utf-8")
    own = read(str(path))
    found = own.net()
    assert own.coverage.full
    trained = sum(prod(weight.shape) for weight in model.trainable_weights)
    counted = sum(layer.name.startswith("normalization") and len(layer.weights) > 2 for layer in model.layers)
    assert (found.params, found.fixed + counted) == (trained, model.count_params() - trained)
    sizes = [size or 224 for size in model.input_shape[1:]]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, *sizes, device="meta"), training=False)
    assert 2 * found.macs == counter.get_total_flops()
    assert tuple(found.output) == tuple(model.output_shape[1:])


def test_the_same_numbers_as_keras(keras):
    """Weights given to Keras and to the spec: maps are turned, and axes are those that Keras means."""
    import numpy as np

    of = keras.layers
    rng = np.random.default_rng(0)
    image = rng.normal(size=(6, 5, 2))
    with keras.device("cpu"):
        given = keras.Input((6, 5, 2))
        x = of.Conv2D(3, 3, strides=2, padding="same", name="conv")(given)
        x = of.Reshape((-1, 3), name="line")(x)
        x = of.Dense(4, name="mix")(of.Permute((2, 1), name="turn")(x))
        model = keras.Model(given, of.Dense(2, name="out")(of.Flatten(name="flat")(x)))
        own = {
            name: [rng.normal(size=tuple(w.shape)) for w in model.get_layer(name).weights]
            for name in ("conv", "mix", "out")
        }
        for name, weights in own.items():
            model.get_layer(name).set_weights(weights)
        theirs = model(keras.ops.convert_to_tensor(image[None], "float32")).tolist()
    tensors = {name: {"weight": kernel.T, "bias": bias} for name, (kernel, bias) in own.items()}
    tensors["conv"]["weight"] = own["conv"][0].transpose(3, 2, 0, 1)
    found = draft(json.loads(model.to_json())).net()
    ours = found.forward(image.transpose(2, 0, 1), tensors)
    np.testing.assert_allclose(ours["out"], theirs[0], rtol=1e-4, atol=1e-5)
