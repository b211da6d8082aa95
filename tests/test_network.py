"""The user's one object: what can be loaded, what it answers, and that it keeps quiet."""

from __future__ import annotations

import pathlib

import pytest

import archcalc as library
from archcalc import Net, familiar, load
from archcalc.errors import ArchcalcError, LayerError, MissingError, SpecError, UsageError
from archcalc.layers import Conv2d, Flatten, Linear

TEXT = "archcalc: 1\nname: Small\nsymbols: {H: 28}\ninput: [1, H, H]\nlayers:\n  - {name: C1, op: conv2d, out_channels: 6, kernel_size: 5}\n"


@pytest.fixture(scope="module")
def lenet5():
    return load("lenet5")


def test_a_network_is_loaded_from_whatever_it_is(inside):
    (inside / "net.yaml").write_text(TEXT)
    content = {
        "archcalc": 1,
        "name": "Small",
        "input": [1, 28, 28],
        "layers": [{"name": "C1", "op": "conv2d", "out_channels": 6, "kernel_size": 5}],
    }
    for source in ("net.yaml", pathlib.Path("net.yaml"), TEXT, content, load(TEXT)):
        assert load(source).params == 156
    assert load([("C1", Conv2d(6, 5))], input=(1, 28, 28)).params == 156
    assert load([Conv2d(out_channels=6, kernel_size=5)], input=(1, 28, 28)).rows[0].params == 156


def test_sizes_and_input(lenet5):
    assert load("lenet5", sizes={"H": 64, "W": 64})["C5"].output == (120, 9, 9)
    assert load("lenet5", input=(1, 64, 64)).rows == load("lenet5", sizes={"H": 64, "W": 64}).rows
    assert lenet5.at(input=(1, 64, 64))["C5"].output == (120, 9, 9)
    assert lenet5.at(H=64, W=64).rows == lenet5.at(input=(1, 64, 64)).rows
    assert lenet5["C5"].output == (120, 1, 1), "the first is as it was"


def test_rows_by_name_and_in_order(lenet5):
    assert lenet5["C3"].params == 1516
    assert lenet5["total"].params == sum(row.params for row in lenet5) == 60_000
    assert lenet5["flat"].output == (120,), "a folded layer answers for itself"
    assert len(lenet5) == 7
    assert [row.name for row in lenet5][:2] == ["C1", "S2"]
    assert repr(lenet5["C3"].output) == "16@10x10"


def test_input_and_output(lenet5):
    assert (lenet5.input, lenet5.output) == ((1, 32, 32), (10,))
    assert lenet5.input.axes == ("C", "H", "W")


def test_letters():
    net = load("lenet5-conv", symbolic=["H"])
    assert net.symbolic
    assert net.params == 60_000
    subs = {str(s): s for s in net.connections.free_symbols}
    assert set(subs) == {"H"}
    for high in (32, 36, 64, 100):
        assert (
            net.connections.subs(subs["H"], high).doit() == load("lenet5-conv", sizes={"H": high}).connections
        )


@pytest.mark.parametrize(
    ("source", "given", "kind", "said"),
    [
        ("lenet55", {}, MissingError, "lenet55"),
        ("nowhere.yaml", {}, MissingError, "nowhere.yaml"),
        ("archcalc: 1\nname: x\n", {}, SpecError, "<text>:1:1"),
        ({"archcalc": 1}, {}, SpecError, "<dict>:1:1"),
        ("lenet5", {"sizes": {"Q": 3}}, UsageError, "there is no symbol 'Q' to set"),
        ("lenet5", {"sizes": {"h": 3}}, UsageError, "there is no symbol 'h'"),
        ("lenet5", {"input": (32, 32)}, UsageError, "has 2 sizes"),
        ("lenet5", {"input": (1, 1, 32, 32)}, UsageError, "without a batch"),
        ("lenet5", {"input": (1, 0, 32)}, UsageError, "H is 0, and must be at least 1"),
        ("lenet5", {"input": (-1, 32, 32)}, UsageError, "C is -1, and must be at least 1"),
        ("lenet5", {"input": (1, "a", 32)}, UsageError, "unknown symbol 'a'"),
        ("lenet5", {"input": (1, 2.5, 32)}, UsageError, "a size is a whole number"),
        ("lenet5", {"input": (1, 28, 28)}, SpecError, "a 5x5 window does not fit into a 4x4 map"),
        ("lenet5", {"input": (1, 64, 64), "sizes": {"H": 32}}, UsageError, "do not agree"),
        ("lenet5", {"symbolic": ["Q"]}, UsageError, "there is no symbol 'Q' to free"),
        (5, {}, UsageError, "not int"),
        (None, {}, UsageError, "not NoneType"),
    ],
)  # fmt: skip
def test_mistakes_are_errors_of_ours_that_say_what(source, given, kind, said):
    with pytest.raises(ArchcalcError) as caught:
        load(source, **given)
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_a_layer_that_is_not_there(lenet5):
    with pytest.raises(MissingError) as caught:
        lenet5["c3"]
    assert "'LeNet-5' has no layer 'c3'" in str(caught.value)
    assert caught.value.problems[0].fix == "C3"


@pytest.mark.parametrize(
    "claim", ["params", "parms=3", "params=many", "C9.params=3", "params=6@5x5", "=5", ""]
)
def test_a_claim_without_meaning_is_an_error(lenet5, claim):
    with pytest.raises(ArchcalcError):
        lenet5.check(claim)


@pytest.mark.parametrize(
    ("claim", "ok"),
    [
        ("params = 60000", True),
        ("params == 60,000", True),
        ("params=61706", False),
        ("params = 60k", True),
        ("params = 59.6k", False),
        ("macs <= 327k", True),
        ("macs < 326520", False),
        ("macs >= 326520", True),
        ("C3.connections=151600", True),
        ("C3.output=16@10x10", True),
        ("C3.output=16@10x11", False),
        ("layers=7", True),
        ("flops = 0.7M", True),
        ("flops = 0.68M", False),
    ],
)
def test_claims(lenet5, claim, ok):
    assert lenet5.check(claim).ok is ok
    assert library.check("lenet5", claim).ok is ok


def test_layers_that_do_not_go_together_are_an_error_with_every_mistake():
    with pytest.raises(SpecError) as caught:
        Net([Conv2d(6, 5, groups=4), ("a b", Flatten()), Linear(10)], input=(3, 28, 28))
    assert len(caught.value.problems) == 2


def test_a_layer_with_wrong_fields_is_a_value_error():
    with pytest.raises(LayerError) as caught:
        Conv2d(out_channels=0, kernal_size=5)
    assert isinstance(caught.value, ValueError)
    assert "out_channels is 0, and must be at least 1" in str(caught.value)
    assert "fix: kernel_size" in str(caught.value)


def test_it_shows_itself_and_never_prints(lenet5, capsys):
    assert repr(lenet5) == "Net('LeNet-5', 7 layers, params=60000, macs=326520)"
    assert "340,908" in str(lenet5)
    for quiet in (lenet5.report, lenet5.check, lambda: lenet5.explain("C3"), lenet5.to_yaml, lenet5.__rich__):
        assert quiet() is not None
    assert lenet5._repr_html_()
    assert str(library.report("lenet5")) == str(lenet5)
    assert capsys.readouterr() == ("", "")


def test_explain_gives_the_derivation(lenet5):
    text = str(lenet5.explain("C3", "params"))
    # the sum over the paper's four groups of maps, as the tutorials print it too
    assert text == "6·(3·5·5 + 1) + 6·(4·5·5 + 1) + 3·(4·5·5 + 1) + 1·(6·5·5 + 1)  =  1,516"


def test_calc():
    found = library.calc("conv2d", (3, 224, 224), out_channels=64, kernel_size=7, stride=2, padding=3)
    assert found.output == (64, 112, 112)
    assert found.params == 9_472
    with pytest.raises(UsageError, match="no op"):
        library.calc("teleport", (1,))
    with pytest.raises(UsageError) as caught:
        library.calc("conv2d", (1, 4, 4), out_channels=1, kernel_size=5)
    assert "a 5x5 window does not fit into a 4x4 map" in str(caught.value)
    assert "<dict>" not in str(caught.value)


def test_output_size():
    assert library.output_size(32, 5) == 28


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "mobilenet_v2", "gpt2"])
def test_what_is_remembered_of_layers_changes_no_figure(name, monkeypatch):
    """Layers are known from other networks, or forgotten at once: with the one as with the other."""
    known = load(name).rows
    monkeypatch.setattr(familiar, "_MOST", 1)
    familiar.forget()
    assert load(name, sizes={}).rows == known
    assert len(familiar._KNOWN) == len(familiar._LAYERS) == 1
