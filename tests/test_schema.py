"""The JSON Schema of spec files: it lets every good spec through, and refuses what it can see is wrong.

Whatever it refuses, the reader refuses as well: an editor never marks what the program would take.
`pytest tests/test_schema.py --refresh` writes the schema beside the specs anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft7Validator

import archcalc as library
from archcalc import layers, register
from archcalc.schema import schema
from archcalc.spec import write
from archcalc.testing import layer_and_inputs

ROOT = Path(__file__).parents[1]
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
SHIPPED = ROOT / "specs" / "archcalc.schema.json"
OWN = sorted(kind.op for kind in register.kinds() if kind.__module__.startswith(layers.__name__))


class Core(yaml.SafeLoader):
    """YAML as editors read it: the core types of YAML 1.2, where `no` is text and 1e9 a number."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML's name for it)


TAG = "tag:yaml.org,2002:"
Core.add_implicit_resolver(f"{TAG}null", re.compile(r"(?:~|null|Null|NULL|)\Z"), None)
Core.add_implicit_resolver(f"{TAG}bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), None)
Core.add_implicit_resolver(f"{TAG}int", re.compile(r"[-+]?[0-9]+\Z"), None)
Core.add_implicit_resolver(
    f"{TAG}float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"), None
)
Core.add_constructor(f"{TAG}int", lambda loader, node: int(loader.construct_scalar(node)))
Core.add_constructor(f"{TAG}float", lambda loader, node: float(loader.construct_scalar(node)))


def as_editors_read(text: str):
    return yaml.load(text, Core)


@pytest.fixture(scope="module")
def validator():
    """The schema of the kinds that come with archcalc."""
    return Draft7Validator(schema())


def mistakes(validator: Draft7Validator, text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(as_editors_read(text))]


def test_the_core_types():
    found = as_editors_read("[no, on, true, 012, 1e9, 0.25, ~, '5', 2/3, 64x64, 1_000]")
    assert found == ["no", "on", True, 12, 1e9, 0.25, None, "5", "2/3", "64x64", "1_000"]


def test_the_schema_is_one(validator):
    Draft7Validator.check_schema(validator.schema)
    assert validator.schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    text = json.dumps(validator.schema)
    refs = set(re.findall(r'"#/definitions/(\w+)"', text))
    assert refs == set(validator.schema["definitions"])


def test_the_schema_beside_the_specs_is_current(archcalc, refresh):
    text = archcalc("schema").out
    if refresh:
        SHIPPED.write_text(text, encoding="utf-8")
    assert SHIPPED.read_text(encoding="utf-8") == text, "refresh: pytest tests/test_schema.py --refresh"


def test_it_is_written_to_a_file(archcalc, inside):
    ran = archcalc("schema", "-o", "s.json")
    assert (ran.status, ran.out, ran.err) == (0, "", "wrote s.json\n")
    assert (inside / "s.json").read_text(encoding="utf-8") == archcalc("schema").out


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_that_comes_with_archcalc_passes(validator, path):
    assert mistakes(validator, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("op", OWN)
def test_every_layer_that_a_kind_reads_passes(validator, op):
    @settings(max_examples=8, derandomize=True, deadline=None, database=None)
    @given(layer_and_inputs(op))
    def passes(drawn):
        layer, *_ = drawn
        content = {
            "archcalc": 1,
            "input": ["C"],
            "layers": [{"name": "a", "op": op, **{k: write.bare(v) for k, v in layer.given().items()}}],
        }
        assert mistakes(validator, write.text(content)) == []

    passes()


GOOD = """
archcalc: 1
name: good
note: everything that may be written
cite:
  one: {authors: Somebody, year: 1998, doi: 10.1109/5.726791}
symbols: {H: 32, width: 0.5, d: "2*H"}
inputs:
  x: [1, H, H]
  words: {shape: [12], dtype: int}
  signal: {C: 1, T: d}
blocks:
  unit:
    args: {out: required, act: relu, has_bias: true, same: same}
    inputs: [x, y]
    layers:
      - {name: sum, op: add, from: [x, y]}
      - {name: 1, op: conv2d, out_channels: out, kernel_size: [3, "out // 2 + 1"], padding: same, activation: act,
         bias: has_bias, stride: [1, 1]}
      - {name: b, op: conv2d, out_channels: 'out', kernel_size: 3, padding: [1, 1], activation: {op: act}}
      - {name: c, op: conv2d, out_channels: out, kernel_size: 3, padding: [[1, 1], [1, 1]], trainable: has_bias}
layers:
  - {name: c, op: conv2d, from: x, out_channels: "round_to(width*32, 8)", kernel_size: 5,
     activation: {op: tanh, amplitude: 1.7159, slope: 2/3}, bias: "false"}
  - {name: u, block: unit, from: {x: c, y: c}, with: {out: 8}, repeat: [{act: gelu}, {}], shared: true}
  - {name: v, block: unit, from: [u, u], with: {out: 8}, repeat: H // 16, when: H > 16, trainable: false}
  - {name: w, share: c, from: v}
  - {name: tok, op: embedding, from: words, num_embeddings: 10, embedding_dim: 4}
  - {name: t, op: linear, out_features: 10, bias: false, tie: {weight: tok.weight.T}, repeat: 1}
outputs: [w, t]
expect:
  - {at: total, params: {value: 1.8G, tol: 3%}, macs: "<= 250k", flops: 1e9, set: {H: 64}, cite: one}
  - {at: 1, output: [6, 28, 28], params: "60,000", connections: = 3, known_gap: a slip, note: 5}
  - {at: c, output: 6@28x28, receptive_field: 5, layers: 7}
"""
VARIANT = """
archcalc: 1
extends: lenet5
patch:
  C3: {table: full, activation: tanh, trainable: false}
remove: [S2]
replace:
  S4: {op: max_pool2d, kernel_size: 2}
  F6: {name: F7, op: linear, out_features: 84}
insert:
  - {after: C1, name: drop, op: dropout}
  - {before: C3, name: more, op: relu}
"""


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```yaml([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_spec_in_the_docs_passes(validator, page):
    known = set(OWN)
    for words, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if {"wrong", "foreign", "convention"} & set(words.split()) or set(
            re.findall(r"\bop: (\w+)", text)
        ) - known:  # a page may make a kind
            continue
        head = "archcalc: 1\ninput: [1, 32, 32]\nlayers:\n" if "layers" in words else ""
        assert mistakes(validator, head + text) == [], text


@pytest.mark.parametrize("text", [GOOD, VARIANT], ids=["good", "variant"])
def test_everything_that_may_be_written_passes(validator, text):
    assert mistakes(validator, text) == []


LAYER = "  - {name: a, op: conv2d, out_channels: 6, kernel_size: 5}\n"
SMALL = f"archcalc: 1\nname: small\ninput: [1, 32, 32]\nlayers:\n{LAYER}"
BLOCK = """\
archcalc: 1
input: [1, 32, 32]
blocks:
  unit:
    args: {out: required}
    layers:
      - {name: a, op: conv2d, out_channels: out, kernel_size: 3}
layers:
  - {name: u, block: unit, with: {out: 8}}
"""
EXTENDS = "archcalc: 1\nextends: lenet5\n"


def layer(text: str) -> str:
    return SMALL.replace(LAYER, f"  - {{{text}}}\n")


def field(text: str) -> str:
    return layer(f"name: a, op: conv2d, out_channels: 6, kernel_size: 5, {text}")


def claim(text: str) -> str:
    return f"{SMALL}expect:\n  - {{{text}}}\n"


# what is wrong, the spec, and where an editor marks it
BROKEN = {
    "a list": ("- archcalc: 1", "$"),
    "no version": (SMALL.replace("archcalc: 1\n", ""), "$"),
    "version 2": (SMALL.replace("archcalc: 1", "archcalc: 2"), "$.archcalc"),
    "unknown top key": (SMALL.replace("input", "imput"), "$"),
    "no layers": ("archcalc: 1\ninput: [1, 32, 32]\n", "$"),
    "an empty list of layers": ("archcalc: 1\ninput: [1, 32, 32]\nlayers: []\n", "$.layers"),
    "layers are a map": ("archcalc: 1\ninput: [1, 32, 32]\nlayers: {a: relu}\n", "$.layers"),
    "no input": (SMALL.replace("input: [1, 32, 32]\n", ""), "$"),
    "input and inputs": (f"{SMALL}inputs: {{x: [1, 2]}}\n", "$"),
    "an input of five axes": (SMALL.replace("[1,", "[1, 1, 1,"), "$.input"),
    "an input of size 0": (SMALL.replace("[1,", "[0,"), "$.input[0]"),
    "an input as text": (SMALL.replace("[1, 32, 32]", "1x32x32"), "$.input"),
    "an input with an unknown key": (SMALL.replace("[1, 32, 32]", "{shape: [8], type: int}"), "$.input"),
    "an input of another dtype": (SMALL.replace("[1, 32, 32]", "{shape: [8], dtype: bool}"), "$.input.dtype"),
    "a symbol that is a list": (f"{SMALL}symbols: {{H: [1]}}\n", "$.symbols.H"),
    "a symbol of no name": (f"{SMALL}symbols: {{a-b: 1}}\n", "$.symbols"),
    "a source without a year": (f"{SMALL}cite: {{one: {{authors: A}}}}\n", "$.cite.one"),
    "a source with an unknown key": (
        f"{SMALL}cite: {{one: {{authors: A, year: 1, pages: 2}}}}\n", "$.cite.one"
    ),
    "outputs as text": (f"{SMALL}outputs: a\n", "$.outputs"),
    "a layer that is a word": ("archcalc: 1\ninput: [3]\nlayers: [relu]\n", "$.layers[0]"),
    "no name": (layer("op: relu"), "$.layers[0]"),
    "a name of other characters": (layer("name: a b, op: relu"), "$.layers[0].name"),
    "a name with a dot": (layer("name: a.b, op: relu"), "$.layers[0].name"),
    "a name that is taken": (layer("name: total, op: relu"), "$.layers[0].name"),
    "a name of 101 characters": (layer(f"name: {'a' * 101}, op: relu"), "$.layers[0].name"),
    "no op": (layer("name: a, kernel_size: 5"), "$.layers[0]"),
    "an unknown op": (layer("name: a, op: conv2"), "$.layers[0].op"),
    "an op that is a number": (layer("name: a, op: 2"), "$.layers[0].op"),
    "op and block": (BLOCK.replace("block: unit", "block: unit, op: relu"), "$.layers[0]"),
    "op and share": (SMALL + "  - {name: b, op: relu, share: a}\n", "$.layers[1]"),
    "an unknown layer key": (layer("name: a, op: relu, form: input"), "$.layers[0]"),
    "a misspelt field": (layer("name: a, op: conv2d, out_channels: 6, kernal_size: 5"), "$.layers[0]"),
    "a field of another kind": (layer("name: a, op: relu, kernel_size: 5"), "$.layers[0]"),
    "a missing field": (layer("name: a, op: conv2d, out_channels: 6"), "$.layers[0]"),
    "a size of 0": (layer("name: a, op: conv2d, out_channels: 0, kernel_size: 5"), "$.layers[0].out_channels"),
    "a size of one half": (
        layer("name: a, op: conv2d, out_channels: 0.5, kernel_size: 5"), "$.layers[0].out_channels"
    ),
    "a size that is nothing": (
        layer("name: a, op: conv2d, out_channels: '', kernel_size: 5"), "$.layers[0].out_channels"
    ),
    "a size that is true": (
        layer("name: a, op: conv2d, out_channels: true, kernel_size: 5"), "$.layers[0].out_channels"
    ),
    "a size that is a list": (
        layer("name: a, op: conv2d, out_channels: [6], kernel_size: 5"), "$.layers[0].out_channels"
    ),
    "three sides of two": (field("stride: [1, 1, 1]"), "$.layers[0].stride"),
    "a side of 0": (field("stride: [1, 0]"), "$.layers[0].stride[1]"),
    "a side that is a map": (field("stride: {h: 1}"), "$.layers[0].stride"),
    "padding below 0": (field("padding: -1"), "$.layers[0].padding"),
    "five paddings": (field("padding: [1, 1, 1, 1, 1]"), "$.layers[0].padding"),
    "one padding in a list": (field("padding: [1]"), "$.layers[0].padding"),
    "a pair of three": (field("padding: [[1, 1, 1], [1, 1]]"), "$.layers[0].padding[0]"),
    "a flag that is a number": (layer("name: a, op: linear, out_features: 1, bias: 3"), "$.layers[0].bias"),
    "a flag that is yes": (layer("name: a, op: linear, out_features: 1, bias: yes"), "$.layers[0].bias"),
    "a number out of range": (layer("name: a, op: dropout, p: 2"), "$.layers[0].p"),
    "trainable that is no": (field("trainable: no"), "$.layers[0].trainable"),
    "an unknown activation": (field("activation: rleu"), "$.layers[0].activation"),
    "an activation without op": (field("activation: {slope: 2}"), "$.layers[0].activation"),
    "an activation with a misspelt field": (
        field("activation: {op: tanh, slop: 2}"), "$.layers[0].activation"
    ),
    "an activation that is a list": (field("activation: [tanh]"), "$.layers[0].activation"),
    "an activation after flatten": (layer("name: a, op: flatten, activation: tanh"), "$.layers[0]"),
    "from a list of lists": (field("from: [[input]]"), "$.layers[0].from[0]"),
    "when that is a list": (field("when: [1]"), "$.layers[0].when"),
    "a tie that is a word": (field("tie: weight"), "$.layers[0].tie"),
    "a tie to a list": (field("tie: {weight: [a.weight]}"), "$.layers[0].tie.weight"),
    "repeat 0 times": (BLOCK.replace("with:", "repeat: 0, with:"), "$.layers[0].repeat"),
    "repeat a list of numbers": (BLOCK.replace("with:", "repeat: [1], with:"), "$.layers[0].repeat[0]"),
    "repeat a map": (BLOCK.replace("with:", "repeat: {s: 2}, with:"), "$.layers[0].repeat"),
    "shared that is a number": (
        BLOCK.replace("with:", "repeat: 2, shared: 2, with:"), "$.layers[0].shared"
    ),
    "an argument beside with": (BLOCK.replace("with: {out: 8}", "out: 8"), "$.layers[0]"),
    "with that is a list": (BLOCK.replace("{out: 8}", "[8]"), "$.layers[0].with"),
    "an activation of a block": (BLOCK.replace("with:", "activation: relu, with:"), "$.layers[0]"),
    "a field of a shared layer": (SMALL + "  - {name: b, share: a, kernel_size: 3}\n", "$.layers[1]"),
    "a block without layers": (BLOCK.replace("layers:\n      - {name: a,", "layer:\n      - {name: a,"), "$.blocks.unit"),
    "a block of no name": (BLOCK.replace("unit", "a b"), "$.blocks"),
    "a misspelt field in a block": (BLOCK.replace("kernel_size", "kernal"), "$.blocks.unit.layers[0]"),
    "an input of a block that is no name": (
        BLOCK.replace("    layers:", "    inputs: [a b]\n    layers:"), "$.blocks.unit.inputs[0]"
    ),
    "expect that is a map": (f"{SMALL}expect: {{at: total, params: 5}}\n", "$.expect"),
    "expect without at": (claim("params: 156"), "$.expect[0]"),
    "expect without a figure": (claim("at: total"), "$.expect[0]"),
    "an unknown figure": (claim("at: total, parms: 156"), "$.expect[0]"),
    "a figure that is none": (claim("at: total, params: many"), "$.expect[0].params"),
    "a figure that is true": (claim("at: total, params: true"), "$.expect[0].params"),
    "a tolerance without a value": (claim("at: total, params: {tol: 1%}"), "$.expect[0].params"),
    "a tolerance below 0": (claim("at: total, params: {value: 156, tol: -1}"), "$.expect[0].params.tol"),
    "a tolerance with an unknown key": (
        claim("at: total, params: {value: 156, within: 1}"), "$.expect[0].params"
    ),
    "an output of one half": (claim("at: total, output: [0.5]"), "$.expect[0].output[0]"),
    "sizes of a figure as a list": (claim("at: total, params: 156, set: [H]"), "$.expect[0].set"),
    "layers beside extends": (f"{EXTENDS}layers:\n{LAYER}", "$"),
    "a patch without extends": (f"{SMALL}patch: {{a: {{bias: false}}}}\n", "$"),
    "extends a list": ("archcalc: 1\nextends: [lenet5]\n", "$.extends"),
    "a patch of the op": (f"{EXTENDS}patch: {{C1: {{op: relu}}}}\n", "$.patch.C1"),
    "a patch that is a word": (f"{EXTENDS}patch: {{C1: relu}}\n", "$.patch.C1"),
    "remove that is a word": (f"{EXTENDS}remove: C1\n", "$.remove"),
    "replace without op": (f"{EXTENDS}replace: {{S2: {{kernel_size: 2}}}}\n", "$.replace.S2"),
    "insert without a place": (f"{EXTENDS}insert: [{{name: a, op: relu}}]\n", "$.insert[0]"),
    "insert at two places": (
        f"{EXTENDS}insert: [{{name: a, op: relu, after: C1, before: C3}}]\n", "$.insert[0]"
    ),
    "insert without a name": (f"{EXTENDS}insert: [{{op: relu, after: C1}}]\n", "$.insert[0]"),
    "a place among layers": (layer("name: a, op: relu, after: input"), "$.layers[0]"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_refused_where_it_stands(validator, what):
    text, where = BROKEN[what]
    found = list(validator.iter_errors(as_editors_read(text)))
    assert {error.json_path for error in found} == {where}, [error.message for error in found]


@pytest.mark.parametrize("what", BROKEN)
def test_what_the_schema_refuses_the_reader_refuses(what):
    with pytest.raises(library.ArchcalcError):
        library.load(BROKEN[what][0])


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace("out: required", "out: required, no: true").replace(
            "_size: 3", "_size: 3, trainable: no"
        ),
        layer("name: null, op: relu"),
    ],
    ids=["an argument called no", "a layer called null"],
)
def test_two_that_the_reader_takes_are_marked_all_the_same(validator, text):
    assert library.load(text)
    assert len(mistakes(validator, text)) == 1


@pytest.mark.parametrize("text", [SMALL, BLOCK, EXTENDS])
def test_what_the_broken_ones_were_made_of_is_sound(validator, text):
    assert mistakes(validator, text) == []
    assert library.load(text).params


def test_every_field_and_every_key_says_what_it_is(validator):
    found = validator.schema["definitions"]["entry"]["properties"]
    found = {**found, **validator.schema["properties"]}
    for then in validator.schema["definitions"]["entry"]["allOf"]:
        found |= then["then"].get("properties", {})
    assert [key for key, part in found.items() if not part.get("description")] == []
    ops = validator.schema["definitions"]["entry"]["properties"]["op"]
    assert ops["enum"] == OWN
    assert all(ops["enumDescriptions"])
