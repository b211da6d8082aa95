"""ONNX files: what they say as a spec, held against figures from elsewhere, and broken ones."""

from __future__ import annotations

from math import prod
from pathlib import Path

import pytest

import archcalc
from archcalc.convert.onnx import read
from archcalc.convert.onnx.file import parsed
from archcalc.convert.onnx.reader import Reader
from archcalc.convert.onnx.scopes import path_of
from archcalc.errors import ArchcalcError, ConvertError

onnx = pytest.importorskip("onnx", reason="the onnx package writes the files that are read here")
from onnx import TensorProto, helper  # noqa: E402  (only where it is there)

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def floats(name, *dims):
    return helper.make_tensor(name, TensorProto.FLOAT, dims, b"\0\0\0\x3f" * prod(dims), raw=True)


def ints(name, *values):
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def model(nodes, tensors=(), shape=("N", 1, 8, 8), dtype=TensorProto.FLOAT, opset=17):
    nodes = [helper.make_node(op, *rest, **fields) for op, *rest, fields in nodes]
    given = helper.make_tensor_value_info("x", dtype, shape)
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [given], [out], list(tensors))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def net(*args, **kwargs):
    return draft(*args, **kwargs).net()


def draft(*args, **kwargs):
    return Reader(parsed(model(*args, **kwargs).SerializeToString()), "model.onnx", {}).draft()


# -- whole networks, whose figures are known from elsewhere

CAFFE = {
    # parameters and MACs; papers, Caffe's originals, torchvision: what a batch norm of Caffe has twice, by hand
    "bvlc_alexnet": (60_965_224, None),  # Krizhevsky et al. 2012, in two groups, as Caffe has it
    "resnet50": (25_557_032, 4_089_184_256),  # torchvision, IMAGENET1K_V1; the stride in the 3x3
    "vgg19": (143_667_240, 19_632_062_464),  # torchvision
    "squeezenet": (1_235_496, 349_151_936),  # torchvision squeezenet1_1
    # torchvision has 7,978,856; a Scale layer after each of its 121 norms has as many gains and biases again: 83,648
    "densenet121": (7_978_856 + 83_648, 2_834_161_664),
    "inception_v1": (6_998_552, None),  # Caffe's bvlc_googlenet without its auxiliary classifiers
    "inception_v2": None,
    "shufflenet": None,
    "zfnet512": None,
}


@pytest.mark.parametrize("name", CAFFE)
def test_networks_of_the_onnx_package_are_read_whole(name):
    found = read(str(LIGHT / f"light_{name}.onnx"))
    assert found.coverage.full, found.coverage.sentence(found.params)
    network, expected = found.net(), CAFFE[name]
    assert prod(network.output) == 1000
    stored = constants(onnx.load(LIGHT / f"light_{name}.onnx"))
    assert network.params + network.fixed == stored
    if expected is not None:
        assert network.params == expected[0]
        assert expected[1] in (None, network.macs)


def constants(loaded):
    """Numbers in the tensors that these files make with ConstantOfShape: all of their weights, counted by onnx."""
    shapes = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in loaded.graph.initializer}
    made = {
        node.output[0]: shapes[node.input[0]]
        for node in loaded.graph.node
        if node.op_type == "ConstantOfShape"
    }
    used = {word for node in loaded.graph.node for word in node.input}
    sizes = {name: int(prod(shape.tolist())) for name, shape in made.items() if name in used}
    stored = {
        tensor.name: prod(tensor.dims)
        for tensor in loaded.graph.initializer
        if tensor.data_type == TensorProto.FLOAT and tensor.name in used
    }
    return sum(sizes.values()) + sum(stored.values())


# -- how a graph is read


def test_a_small_network_by_hand():
    found = net(
        [
            ("Conv", ["x", "w", "b"], ["a"], {"pads": [1, 1, 1, 1], "name": "/stem/conv/Conv"}),
            ("Relu", ["a"], ["c"], {"name": "/stem/act/Relu"}),
            ("MaxPool", ["c"], ["d"], {"kernel_shape": [2, 2], "strides": [2, 2], "name": "/pool/MaxPool"}),
            ("Shape", ["d"], ["s"], {}),
            ("Gather", ["s", "zero"], ["n"], {}),
            ("Unsqueeze", ["n", "axis"], ["m"], {}),
            ("Concat", ["m", "rest"], ["shape"], {"axis": 0}),
            ("Reshape", ["d", "shape"], ["e"], {}),
            ("Gemm", ["e", "v", "u"], ["y"], {"transB": 1, "name": "/head/Gemm"}),
        ],
        [floats("w", 2, 1, 3, 3), floats("b", 2), helper.make_tensor("zero", TensorProto.INT64, [], [0]), ints("axis", 0), ints("rest", -1), floats("v", 3, 32), floats("u", 3)],
    )  # fmt: skip
    assert [row.name for row in found.rows] == ["stem", "pool", "head"]
    assert found["stem"].op == "conv2d 3x3 pad 1, relu"
    assert found.params == (2 * 9 + 2) + (3 * 32 + 3)
    assert found.macs == 2 * 9 * 64 + 3 * 32
    assert found.input == (1, 8, 8)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1"),
        ("/features/features.1/conv/conv.0/conv.0.0/Conv", "features.1.conv.0.0"),
        ("/encoder/layer.0/attention/self/query/MatMul", "encoder.layer.0.attention.self.query"),
        ("/Flatten", ""),
    ],
)
def test_names_that_exporters_write_become_paths_of_modules(name, path):
    assert path_of(name) == path


def test_sizes_that_a_file_leaves_open_are_symbols():
    nodes = [("Conv", ["x", "w"], ["y"], {})]
    found = draft(nodes, [floats("w", 2, 3, 3, 3)], shape=("batch", 3, "height", "width"))
    assert found.symbols == {"height": 224, "width": 224}
    assert "input: [3, height, width]" in found.text()
    assert any("where nobody says, height is 224" in fact for fact in found.coverage.facts)
    again = archcalc.load(found.text(), sizes={"height": 10, "width": 12})
    assert again.output == (2, 8, 10)


def test_a_tensor_that_two_nodes_share_is_counted_once():
    found = draft(
        [("Gather", ["t", "x"], ["a"], {}), ("Transpose", ["t"], ["u"], {"perm": [1, 0]}), ("MatMul", ["a", "u"], ["y"], {})],
        [floats("t", 50, 4)], shape=(1, 7), dtype=TensorProto.INT64,
    )  # fmt: skip
    assert found.net().params == 200
    assert "tie: {weight: " in found.text()


def test_equal_matrices_are_tied_and_equal_vectors_are_not():
    """PyTorch's exporter stores equal tensors once, and the zeros of fresh biases are equal."""
    nodes = [
        ("Identity", ["b"], ["b2"], {}), ("Identity", ["w"], ["w2"], {}),
        ("Gemm", ["x", "w", "b"], ["a"], {}), ("Gemm", ["a", "w2", "b2"], ["y"], {}),
    ]  # fmt: skip
    assert net(nodes, [floats("w", 8, 8), floats("b", 8)], shape=("N", 8)).params == 64 + 8 + 8


def beside(model, number, **said):
    """Say of a node what PyTorch's exporter writes beside one."""
    node = model.graph.node[number]
    for key, text in said.items():
        node.metadata_props.add(key=f"pkg.{key.replace('__', '.')}", value=text)


def test_vectors_of_two_modules_are_not_tied_where_an_exporter_says_of_which_they_are():
    """PyTorch's newer exporter gives equal vectors one name; a module that runs twice has one bias all the same."""
    nodes = [("Gemm", [x, f"w{i}", "b"], [y], {}) for i, (x, y) in enumerate(["xp", "pq", "qy"])]
    made = model(nodes, [*(floats(f"w{i}", 8, 8) for i in range(3)), floats("b", 8)], shape=("N", 8))
    plain = Reader(parsed(made.SerializeToString()), "model.onnx", {}).draft()
    assert plain.params == 3 * 64 + 8
    assert plain.coverage.facts == [
        "16 parameters in 2 tensors are those of another layer too, and count once: they are shared, or were equal"
        " when the file was written."
    ]
    for number, scope in enumerate(["one", "two", "two"]):
        beside(made, number, torch__onnx__name_scopes=f"['', '{scope}', 'linear']")
    assert Reader(parsed(made.SerializeToString()), "model.onnx", {}).draft().params == 3 * 64 + 2 * 8


def test_what_an_exporter_took_away_is_said():
    """Batch norms that it folded, and biases of zeros that it left out, by what it writes beside the nodes."""
    nodes = [("Conv", ["x", "v"], ["a"], {}), ("Conv", ["a", "w"], ["y"], {})]
    made = model(nodes, [floats("v", 4, 1, 3, 3), floats("w", 2, 4, 1, 1)])
    norm = "%norm : [num_users=1] = call_function[target=norm](args = (%conv2d, %p_bn1_weight, %p_bn1_bias))"
    rules = "RemoveOptionalBiasFromConv, FuseBatchNormIntoConv, RemoveOptionalBiasFromConv"
    beside(made, 0, onnxscript__rewriter__rule_name=rules, torch__onnx__fx_node=norm)
    plain = "%conv : [num_users=1] = call_function[target=conv2d](args = (%getitem, %p_conv2_weight))"
    beside(made, 1, onnxscript__rewriter__rule_name="RemoveOptionalBiasFromConv", torch__onnx__fx_node=plain)
    found = Reader(parsed(made.SerializeToString()), "model.onnx", {}).draft()
    assert found.params == 4 * 9 + 2 * 4
    folded = (
        "The exporter folded batch norms into 1 convolution: gains and running statistics are not in the file,"
        " and each of these has a bias instead."
    )
    assert found.coverage.facts == [
        folded,
        "The exporter left out biases that are all 0, as before training, from 1 layer: 4 parameters are not in"
        " the file.",
    ]
    made.graph.node[0].input.append(
        "b"
    )  # the bias of a norm that was trained: only the convolution's own is gone
    made.graph.initializer.append(floats("b", 4))
    found = Reader(parsed(made.SerializeToString()), "model.onnx", {}).draft()
    assert found.params == 4 * 9 + 4 + 2 * 4
    assert found.coverage.facts == [folded]


def test_a_quantised_file_is_counted_as_what_it_computes():
    whole = helper.make_tensor("w", TensorProto.INT8, [2, 1, 3, 3], [1] * 18)
    zero = helper.make_tensor("z", TensorProto.INT8, [], [0])
    scale = helper.make_tensor("s", TensorProto.FLOAT, [], [0.5])
    nodes = [
        ("QuantizeLinear", ["x", "s", "z"], ["a"], {}), ("DequantizeLinear", ["a", "s", "z"], ["b"], {}),
        ("DequantizeLinear", ["w", "s", "z"], ["v"], {}), ("Conv", ["b", "v"], ["y"], {}),
    ]  # fmt: skip
    found = draft(nodes, [whole, zero, scale])
    assert [item.layer.op for item in found.items] == ["conv2d"]
    assert found.params == 18
    assert "quantised" in found.coverage.facts[0]


GELU = [
    ("Div", ["x", "root"], ["a"], {}), ("Erf", ["a"], ["b"], {}), ("Add", ["b", "one"], ["c"], {}),
    ("Mul", ["x", "c"], ["d"], {}), ("Mul", ["d", "half"], ["y"], {}),
]  # fmt: skip
NORM = [
    ("ReduceMean", ["x"], ["m"], {"axes": [-1]}), ("Sub", ["x", "m"], ["d"], {}), ("Pow", ["d", "two"], ["p"], {}),
    ("ReduceMean", ["p"], ["v"], {"axes": [-1]}), ("Add", ["v", "eps"], ["e"], {}), ("Sqrt", ["e"], ["s"], {}),
    ("Div", ["d", "s"], ["q"], {}), ("Mul", ["q", "g"], ["r"], {}), ("Add", ["r", "h"], ["y"], {}),
]  # fmt: skip
RMS = [
    ("Pow", ["x", "two"], ["p"], {}), ("ReduceMean", ["p"], ["v"], {"axes": [-1]}), ("Add", ["v", "eps"], ["e"], {}),
    ("Sqrt", ["e"], ["s"], {}), ("Reciprocal", ["s"], ["t"], {}), ("Mul", ["x", "t"], ["q"], {}), ("Mul", ["g", "q"], ["y"], {}),
]  # fmt: skip
TANH = [
    ("Pow", ["x", "three"], ["p"], {}), ("Mul", ["p", "small"], ["q"], {}), ("Add", ["x", "q"], ["r"], {}),
    ("Mul", ["r", "near"], ["s"], {}), ("Tanh", ["s"], ["t"], {}), ("Add", ["t", "one"], ["u"], {}),
    ("Mul", ["x", "half"], ["v"], {}), ("Mul", ["v", "u"], ["y"], {}),
]  # fmt: skip
NUMBERS = {"root": 2**0.5, "one": 1, "half": 0.5, "two": 2, "eps": 1e-5, "three": 3, "six": 6, "small": 0.044715, "near": 0.7978845608}  # fmt: skip


def numbers():
    return [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in NUMBERS.items()]


@pytest.mark.parametrize(
    ("nodes", "op"),
    [
        (GELU, "gelu"),
        (TANH, "gelu"),
        ([("Sigmoid", ["x"], ["a"], {}), ("Mul", ["x", "a"], ["y"], {})], "silu"),
        ([("Softplus", ["x"], ["a"], {}), ("Tanh", ["a"], ["b"], {}), ("Mul", ["x", "b"], ["y"], {})], "mish"),
        ([("HardSigmoid", ["x"], ["a"], {"alpha": 1 / 6}), ("Mul", ["x", "a"], ["y"], {})], "hard_swish"),
        (
            [("Add", ["x", "three"], ["a"], {}), ("Clip", ["a", "zero", "six"], ["b"], {}), ("Div", ["b", "six"], ["c"], {}), ("Mul", ["x", "c"], ["y"], {})],
            "hard_swish",
        ),
        (NORM, "layer_norm"),
        (RMS, "rms_norm"),
    ],
)  # fmt: skip
def test_what_exporters_write_out_is_put_together(nodes, op):
    zero = helper.make_tensor("zero", TensorProto.FLOAT, [], [0])
    opset = 11 if any("axes" in fields for *_, fields in nodes) else 17
    found = net(nodes, [*numbers(), zero, floats("g", 6), floats("h", 6)], shape=("N", 5, 6), opset=opset)
    assert [row.main[0].layer.op for row in found.rows] == [op]
    assert found.params == {"layer_norm": 12, "rms_norm": 6}.get(op, 0)


def test_attention_is_put_together_from_its_products():
    def projected(word):
        return [
            ("MatMul", ["x", f"w{word}"], [f"{word}1"], {}), ("Add", [f"b{word}", f"{word}1"], [f"{word}2"], {}),
            ("Reshape", [f"{word}2", "heads"], [f"{word}3"], {}),
            ("Transpose", [f"{word}3"], [word], {"perm": [0, 2, 3, 1] if word == "k" else [0, 2, 1, 3]}),
        ]  # fmt: skip

    nodes = [
        *projected("q"), *projected("k"), *projected("v"), ("MatMul", ["q", "k"], ["s"], {}), ("Div", ["s", "two"], ["t"], {}),
        ("Softmax", ["t"], ["p"], {}), ("MatMul", ["p", "v"], ["m"], {}), ("Transpose", ["m"], ["n"], {"perm": [0, 2, 1, 3]}),
        ("Reshape", ["n", "back"], ["o"], {}), ("MatMul", ["o", "wo"], ["r"], {}), ("Add", ["r", "bo"], ["y"], {}),
    ]  # fmt: skip
    tensors = [floats(f"w{word}", 12, 12) for word in "qkvo"] + [floats(f"b{word}", 12) for word in "qkvo"]
    tensors += [
        ints("heads", 1, 5, 3, 4),
        ints("back", 1, 5, 12),
        helper.make_tensor("two", TensorProto.FLOAT, [], [2]),
    ]
    found = net(nodes, tensors, shape=(1, 5, 12))
    assert [row.op for row in found.rows] == ["attention"]
    assert found.rows[0].main[0].layer.num_heads == 3
    assert found.params == 4 * (12 * 12 + 12)
    assert found.macs == 4 * 5 * 144 + 2 * 5 * 5 * 12


def test_an_op_that_the_language_lacks_is_opaque_and_counted_and_said(inside, archcalc):
    lacking = [("Conv", ["x", "w"], ["a"], {}), ("NonZero", ["a"], ["b"], {}), ("Relu", ["b"], ["y"], {})]
    onnx.save(model(lacking, [floats("w", 2, 1, 3, 3)]), inside / "odd.onnx")
    said = "100 % of the parameters, 2 of 3 kinds of ops; opaque, their work unknown: NonZero (1)"
    result = archcalc("import", "odd.onnx", "-o", "odd.yaml")
    assert result.status == 0
    assert said in result.err
    assert said in (inside / "odd.yaml").read_text()
    assert said in archcalc("report", "odd.onnx").out.replace("\n", " ").replace("  ", " ")
    strict = archcalc("import", "odd.onnx", "--strict")
    assert (strict.status, strict.out) == (2, "")
    assert strict.err == f"'odd.onnx' is read in part: {said}\n"


def graph_of(name, *nodes, inputs=(), tensors=()):
    """A graph inside a node, that gives what is called so."""
    made = [helper.make_node(op, *rest, **fields) for op, *rest, fields in nodes]
    given = [helper.make_tensor_value_info(word, *about) for word, *about in inputs]
    out = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    return helper.make_graph(made, name, given, [out], list(tensors))


def test_a_branch_that_is_always_taken_stands_in_its_place():
    one = graph_of("t", ("Conv", ["x", "w"], ["t"], {}))
    other = graph_of("e", ("Relu", ["x"], ["e"], {}))
    nodes = [("If", ["c"], ["z"], {"then_branch": one, "else_branch": other}), ("Relu", ["z"], ["y"], {})]
    for chosen, ops in ((True, ["conv2d", "relu"]), (False, ["relu", "relu"])):
        found = draft(
            nodes, [floats("w", 3, 1, 1, 1), helper.make_tensor("c", TensorProto.BOOL, [], [chosen])]
        )
        assert [item.layer.op for item in found.items] == ops
        assert found.coverage.full


@pytest.mark.parametrize("op", ["If", "Loop", "Scan"])
def test_tensors_that_graphs_inside_a_node_hold_or_read_are_counted(op):
    """How often they run depends on the input, so the work is unknown; the parameters are not."""
    own = floats("own", 8, 8)
    nodes = [("MatMul", ["s", "w"], ["a"], {}), ("MatMul", ["a", "own"], ["o"], {})]
    state = [("s", TensorProto.FLOAT, ["N", 8])]
    if op == "If":
        nodes[0] = ("MatMul", ["x", "w"], ["a"], {})
        body = graph_of("o", *nodes, tensors=[own])
        fields, reads = {"then_branch": body, "else_branch": graph_of("p", ("Relu", ["x"], ["p"], {}))}, ["c"]
    elif op == "Scan":
        fields, reads = (
            {"body": graph_of("o", *nodes, inputs=state, tensors=[own]), "num_scan_inputs": 1},
            ["x"],
        )
    else:
        state = [("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), *state]
        fields, reads = {"body": graph_of("o", *nodes, inputs=state, tensors=[own])}, ["n", "", "x"]
    asks = [("ReduceSum", ["x"], ["r"], {"keepdims": 0}), ("Cast", ["r"], ["c"], {"to": TensorProto.BOOL})]
    found = draft([*asks, (op, reads, ["y"], fields)], [floats("w", 8, 8), ints("n", 4)], shape=("N", 8))
    assert found.params == 2 * 64
    assert found.coverage.sentence(found.params).startswith("0 % of the parameters")


def test_attributes_of_a_function_are_those_of_its_call():
    opset = [helper.make_opsetid("", 17)]
    inner = [helper.make_node("MaxPool", ["a"], ["b"]), helper.make_node("LeakyRelu", ["b"], ["o"])]
    for node, name, given, kind in ((inner[0], "kernel_shape", "k", 7), (inner[1], "alpha", "slope", 1)):
        node.attribute.add(name=name, ref_attr_name=given, type=kind)
    slope = helper.make_attribute("slope", 0.25)
    made = model([("Pool", ["x"], ["y"], {"domain": "ours", "k": [2, 4]})])
    made.functions.append(helper.make_function("ours", "Pool", ["a"], ["o"], inner, opset, ["k"], [slope]))
    found = Reader(parsed(made.SerializeToString()), "model.onnx", {}).draft()
    assert [item.layer.label() for item in found.items] == ["max_pool2d 2x4/1", "leaky_relu"]
    assert "negative_slope: 1/4" in found.text()


def test_a_function_that_calls_itself_is_refused():
    made = model([("Again", ["x"], ["y"], {"domain": "ours"})])
    inner = [helper.make_node("Again", ["a"], ["o"], domain="ours")]
    made.functions.append(
        helper.make_function("ours", "Again", ["a"], ["o"], inner, [helper.make_opsetid("ours", 1)])
    )
    with pytest.raises(ConvertError, match=r"'model\.onnx': functions more than 16 deep"):
        Reader(parsed(made.SerializeToString()), "model.onnx", {})


def test_every_place_in_order_is_the_same_numbers_along_other_axes():
    """PyTorch's newer exporter writes as_strided so, after the mean of ConvNeXt."""
    nodes = [
        ("GlobalAveragePool", ["x"], ["a"], {}),
        ("Reshape", ["a", "all"], ["b"], {}),
        ("Gather", ["b", "places"], ["c"], {"axis": 0}),
        ("Transpose", ["c"], ["d"], {"perm": [0, 2, 3, 1]}),
        ("LayerNormalization", ["d", "g", "h"], ["e"], {}),
        ("Transpose", ["e"], ["f"], {"perm": [0, 3, 1, 2]}),
        ("Flatten", ["f"], ["y"], {}),
    ]
    places = helper.make_tensor("places", TensorProto.INT64, [1, 6, 1, 1], range(6))
    tensors = [ints("all", -1), places, floats("g", 6), floats("h", 6)]
    found = draft(nodes, tensors, shape=(1, 6, 4, 4))
    assert [item.layer.op for item in found.items] == ["global_avg_pool2d", "layer_norm"]
    assert found.params == 12
    assert found.coverage.full


@pytest.mark.parametrize(("each", "said"), [(1, ""), (2, " depth_multiplier: 2,")])
def test_a_filter_for_each_map_on_its_own_is_depthwise(each, said):
    found = draft(
        [("Conv", ["x", "w"], ["y"], {"group": 6})], [floats("w", 6 * each, 1, 3, 3)], shape=("N", 6, 8, 8)
    )
    assert f"op: depthwise_conv2d, kernel_size: 3,{said} bias: false" in found.text()
    assert found.params == each * 6 * 9
    assert found.net().macs == each * 6 * 9 * 36


def test_channels_that_a_file_leaves_open_are_those_of_the_weights():
    nodes = [("Conv", ["x", "w"], ["y"], {"group": 2})]
    found = draft(nodes, [floats("w", 4, 3, 3, 3)], shape=("batch", "channels", 8, 8))
    assert found.items[0].y == (4, 6, 6)
    assert found.inputs[0].y == (6, 8, 8)
    assert not found.symbols


def whole(name, *dims):
    return helper.make_tensor(name, TensorProto.UINT8, dims, b"\1" * prod(dims), raw=True)


_SCALE = [helper.make_tensor("s", TensorProto.FLOAT, [], [0.5]), whole("z")]


@pytest.mark.parametrize(
    ("nodes", "tensors"),
    [
        # each way of ONNX Runtime's quantizer: a product that is scaled afterwards
        (
            [
                ("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"], {}),
                ("Mul", ["qs", "s"], ["m"], {}),
                ("ConvInteger", ["q", "w", "qz", "z"], ["i"], {}),
                ("Cast", ["i"], ["c"], {"to": 1}),
                ("Mul", ["c", "m"], ["f"], {}),
                ("Reshape", ["b", "places"], ["r"], {}),
                ("Add", ["f", "r"], ["a"], {}),
                ("Relu", ["a"], ["y"], {}),
            ],
            [whole("w", 4, 1, 3, 3), floats("b", 4), ints("places", 1, 4, 1, 1)],
        ),
        # or an op with scales among its inputs
        (
            [
                ("QuantizeLinear", ["x", "s", "z"], ["q"], {}),
                ("QLinearConv", ["q", "s", "z", "w", "s", "z", "s", "z", "b"], ["i"], {}),
                ("DequantizeLinear", ["i", "s", "z"], ["f"], {}),
                ("Relu", ["f"], ["y"], {}),
            ],
            [whole("w", 4, 1, 3, 3), helper.make_tensor("b", TensorProto.INT32, [4], [1] * 4)],
        ),
    ],
)
def test_products_of_whole_numbers_are_those_of_full_ones(nodes, tensors):
    found = draft(nodes, [*tensors, *_SCALE])
    assert [item.layer.label() for item in found.items] == ["conv2d 3x3", "relu"]
    assert found.params == 4 * 9 + 4
    assert found.net().macs == 4 * 9 * 36
    assert any("is quantised" in fact for fact in found.coverage.facts)


def test_a_dynamic_product_of_whole_numbers_has_its_bias():
    nodes = [
        ("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"], {}),
        ("MatMulInteger", ["q", "w", "qz", "z"], ["i"], {}),
        ("Cast", ["i"], ["c"], {"to": 1}),
        ("Mul", ["qs", "s"], ["m"], {}),
        ("Mul", ["c", "m"], ["f"], {}),
        ("Add", ["f", "b"], ["y"], {}),
    ]
    found = draft(nodes, [whole("w", 8, 5), floats("b", 5), *_SCALE], shape=("N", 8))
    assert [item.layer.label() for item in found.items] == ["linear"]
    assert found.params == 8 * 5 + 5


def test_a_product_with_a_matrix_of_few_bits():
    """Language models are stored so: 4 bits of each number, in blocks of 32 with a scale."""
    fields = {"K": 64, "N": 10, "bits": 4, "block_size": 32, "domain": "com.microsoft"}
    nodes = [("MatMulNBits", ["x", "w", "scales"], ["y"], fields)]
    found = draft(nodes, [whole("w", 10, 2, 16), floats("scales", 20)], shape=("N", 7, 64))
    assert found.params == 640
    assert found.net().macs == 7 * 640
    assert found.coverage.full


def test_every_command_takes_a_file(inside, archcalc):
    onnx.save(
        model([("Conv", ["x", "w"], ["y"], {"name": "/c/Conv"})], [floats("w", 2, 1, 3, 3)]),
        inside / "m.onnx",
    )
    assert "conv2d 3x3" in archcalc("report", "m.onnx").out
    assert archcalc("check", "m.onnx", "params=18").status == 0
    assert "2·" in archcalc("explain", "m.onnx", "c", "params").out
    assert "op: conv2d" in archcalc("show", "m.onnx").out
    assert archcalc("draw", "m.onnx", "-o", "m.dot").status == 0
    assert archcalc("report", "m.onnx", "--input", "1x9x9").status == 0


# -- what is not read


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "model.pt",
            ["a .pt file is not read", "may run any code", "archcalc import package.module:factory"],
        ),
        ("model.pth", ["archcalc import package.module:factory"]),
        ("model.safetensors", ["holds tensors", "archcalc import package.module:factory"]),
        ("model.h5", ["model.save('model.keras')"]),
        ("model.tflite", ["tf2onnx.convert --tflite"]),
        ("model.mlmodel", ["torch.onnx.export"]),
        ("model.PB", ["--saved-model"]),
    ],
)
def test_other_files_are_refused_with_the_way_round(archcalc, name, words):
    result = archcalc("report", name)
    assert (result.status, result.out) == (2, "")
    for word in words:
        assert word in result.err


def test_a_file_that_is_no_network_is_one_error(inside, archcalc):
    (inside / "text.onnx").write_text("hello")
    (inside / "empty.onnx").write_bytes(b"")
    onnx.save(model([]), inside / "bare.onnx")
    for name in ("text", "empty", "bare", "missing"):
        result = archcalc("report", f"{name}.onnx")
        assert (result.status, result.out) == (2, "")
        assert f"{name}.onnx" in result.err
        assert "Traceback" not in result.err


def test_a_file_that_is_cut_off_anywhere_is_an_error_or_a_network():
    whole = model(
        [("Conv", ["x", "w"], ["a"], {}), ("Relu", ["a"], ["y"], {})], [floats("w", 2, 1, 3, 3)]
    ).SerializeToString()
    for end in range(len(whole)):
        one_error(whole[:end])


def test_a_file_with_a_bit_turned_over_is_an_error_or_a_network():
    whole = bytearray(
        model(
            [("Conv", ["x", "w"], ["a"], {}), ("Relu", ["a"], ["y"], {})], [floats("w", 2, 1, 3, 3)]
        ).SerializeToString()
    )
    for place in range(len(whole)):
        turned = bytearray(whole)
        turned[place] ^= 1 << place % 8
        one_error(bytes(turned))


def one_error(data):
    try:
        Reader(parsed(data), "model.onnx", {}).draft().written()
    except ArchcalcError as error:
        assert str(error).strip()


def refused(data, *words):
    with pytest.raises(ConvertError) as raised:
        Reader(parsed(data), "model.onnx", {}).draft()
    for word in words:
        assert word in str(raised.value)


def test_nodes_in_a_circle_are_refused():
    circle = model([("Add", ["x", "b"], ["a"], {}), ("Relu", ["a"], ["b"], {}), ("Relu", ["b"], ["y"], {})])
    refused(circle.SerializeToString(), "reads 'b'", "which a later node makes")


def test_a_huge_dimension_is_refused():
    wide = model([("Conv", ["x", "w"], ["y"], {})], [helper.make_tensor("w", TensorProto.FLOAT, [0], [])])
    wide.graph.initializer[0].dims[:] = [1 << 40, 1 << 40, 3, 3]
    refused(wide.SerializeToString(), "the tensor 'w' has the shape 1099511627776x")


def test_graphs_inside_graphs_have_an_end():
    def field(number, data):
        size, lead = len(data), bytearray()
        while size > 127:
            lead.append(size & 127 | 128)
            size >>= 7
        return bytes([number << 3 | 2, *lead, size]) + data

    inner = b""
    for _ in range(200):  # a graph with a node with an attribute that is a graph
        inner = field(1, field(4, b"If") + field(5, field(1, b"then_branch") + field(6, inner)))
    refused(field(7, inner), "more than 16 graphs, one inside another")


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "C:\\weights", "a/../../b"])
def test_a_tensor_outside_the_folder_is_refused(place):
    outside = model([("Conv", ["x", "w"], ["y"], {})], [floats("w", 2, 1, 3, 3)])
    onnx.external_data_helper.set_external_data(outside.graph.initializer[0], place)
    refused(outside.SerializeToString(), "stored outside the folder of the file")


def test_weights_beside_the_file_are_never_opened():
    beside = model([("Conv", ["x", "w"], ["y"], {})], [floats("w", 2, 1, 3, 3)])
    onnx.external_data_helper.set_external_data(beside.graph.initializer[0], "weights.bin")
    beside.graph.initializer[0].ClearField("raw_data")
    assert Reader(parsed(beside.SerializeToString()), "model.onnx", {}).draft().params == 18


@pytest.mark.parametrize("op", ["Sqrt", "Concat", "Conv", "Reshape", "Split", "Clip", "Erf", "Mul", "LSTM"])
def test_a_node_that_reads_nothing_is_one_error(op):
    """Found by the fuzzer, which took the inputs of Sqrt and of Concat away."""
    refused(model([(op, [], ["y"], {"name": "odd"})]).SerializeToString(), "'model.onnx'")


def test_an_attribute_of_another_type_is_one_error():
    for value in ("words", 1.5, [1.5], ["words"]):
        for op, word in (
            ("Softmax", "axis"),
            ("MaxPool", "kernel_shape"),
            ("Transpose", "perm"),
            ("Elu", "alpha"),
        ):
            one_error(model([(op, ["x"], ["y"], {word: value})]).SerializeToString())


def test_a_mask_that_an_exporter_stored_is_nothing_learned():
    mask = helper.make_tensor("m", TensorProto.FLOAT, [2, 2], [0, -3.4e38, 0, 0])
    nodes = [("MatMul", ["x", "w"], ["a"], {}), ("Add", ["a", "m"], ["y"], {})]
    assert net(nodes, [floats("w", 3, 2), mask], shape=(1, 2, 3)).params == 6


def test_a_spec_of_tokens_may_be_read_at_another_length():
    nodes = [
        ("Gather", ["t", "x"], ["a"], {}), ("Reshape", ["a", "cut"], ["b"], {}),
        ("Transpose", ["b"], ["c"], {"perm": [0, 2, 1, 3]}), ("Relu", ["c"], ["y"], {}),
    ]  # fmt: skip
    found = draft(
        nodes, [floats("t", 9, 6), ints("cut", 1, -1, 2, 3)], shape=("N", "words"), dtype=TensorProto.INT64
    )
    assert found.symbols == {"words": 128}
    assert archcalc.load(found.text(), sizes={"words": 7}).output == (2, 7, 3)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrence(kind):
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    tensors = [floats("w", 1, gates * 5, 3), floats("r", 1, gates * 5, 5), floats("b", 1, gates * 10)]
    found = net([(kind, ["x", "w", "r", "b"], ["a"], {"hidden_size": 5}), ("Squeeze", ["a", "one"], ["y"], {})],
                [*tensors, ints("one", 1)], shape=(7, 1, 3))  # fmt: skip
    assert found.params == gates * (5 * 3 + 5 * 5 + 10)
    assert found.macs == 7 * gates * (5 * 3 + 5 * 5)


@pytest.mark.filterwarnings(
    "ignore"
)  # the older exporter warns that it is old, the newer one of its own parts
@pytest.mark.parametrize("dynamo", [False, True])
def test_a_network_of_pytorch_is_the_same_to_the_unit(inside, dynamo):
    """The exporter folds the norm, and says so by the names of the tensors or beside the nodes."""
    torch = pytest.importorskip("torch", reason="the witness of this test")
    if dynamo:
        pytest.importorskip("onnxscript", reason="PyTorch's newer exporter needs it")
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
            self.down = nn.Conv2d(8, 16, 3, stride=2, groups=2)
            self.attend = nn.MultiheadAttention(16, 4, batch_first=True)
            self.head = nn.Linear(16, 5)

        def forward(self, x):
            x = self.down(self.stem(x)).flatten(2).transpose(1, 2)
            return self.head(nn.functional.gelu(self.attend(x, x, x, need_weights=False)[0]).mean(1))

    made, example = Net().eval(), torch.zeros(1, 3, 13, 13)
    with torch.no_grad():
        for tensor in made.parameters():
            tensor.uniform_(0.1, 1)  # tensors that are alike are stored once
        torch.backends.mha.set_fastpath_enabled(False)  # one op, which this exporter does not know
        torch.onnx.export(made, example, str(inside / "net.onnx"), dynamo=dynamo, verbose=False)
        torch.backends.mha.set_fastpath_enabled(True)
    found = read(str(inside / "net.onnx"))
    assert found.coverage.full
    params = sum(tensor.numel() for tensor in made.parameters())
    assert found.params == params - 8  # a bias for a gain and a bias
    assert "folded batch norms into 1 convolution:" in found.coverage.facts[0]
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        made.to("meta")(example.to("meta"))
    assert 2 * found.net().macs == counter.get_total_flops()
    assert [item.layer.op for item in found.items].count("attention") == 1
