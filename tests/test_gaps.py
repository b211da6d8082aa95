"""What closes a gap: rival figures of LeNet-5, ResNet-50 and others, each with what it is a figure of.

The figures are published, or follow from the paper by a sum that stands beside them. That a candidate
is the right one is known from what the source of the figure says that it counted.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.alignment import align
from archcalc.quantities import COUNTED
from archcalc.spec import bundled

NETWORKS = [name for name in bundled() if not name.startswith("claims/")]


def closings(name, claim):
    found = load(name).check(claim)
    assert found[0].status == "fails"
    return found.closing(found[0])


RIVALS = [
    # LeNet-5: 60,000 trained, and 7 x 12 x 10 codes
    ("lenet5", "params=60840", "fixed tensors of rbf counted"),
    # 60,000 + 10 x (84 + 1): scores as a full connection
    ("lenet5", "params=60850", "a full connection with biases in place of RBF units"),
    # PyTorch and Keras tutorials: all maps read by C3, nothing to train in pooling, linear scores
    ("lenet5", "params=61706", "lenet5-pytorch"),
    ("lenet5", "params=44426", "lenet5-keras"),  # the same on 28x28 without padding
    # 340,908 - 840, the links of the RBF units
    ("lenet5", "connections=340068", "OUTPUT left out"),
    ("lenet5", "connections=429342", "lenet5-pytorch"),
    # 10 x 10 x 16 x (6 x 25 + 1): C3 as if each map read all six
    ("lenet5", "C3.connections=241600", "every map reads all maps, and not those of a table"),
    ("lenet5", "S2.params=24", "twice what is computed"),
    ("lenet5", "params=30000", "half of what is computed"),
    ("lenet5", "neurons=9118", "the input counted"),  # 8,094 + 32 x 32
    ("lenet5", "C1.neurons=156", "params"),  # a page gives the weights of C1 as its neurons
    # ResNet-50: He et al. 2015 have the stride in the first 1x1, 3.858 G, and print 3.8
    ("resnet50", "macs=3.86G", "the stride of bottleneck in conv1, and not in conv2"),
    ("resnet50", "macs=3.86G", "resnet50-v1"),
    ("resnet50", "macs=3.8G", "resnet50-v1"),
    ("resnet50", "macs=8.2G", "2 x MACs"),
    # what tools print, measured with the versions that the conventions name
    ("resnet50", "macs=4.11G", "MACs as fvcore and timm count them"),  # 4,111,512,576
    ("resnet50", "macs=4.12G", "MACs as onnx-tool counts them"),  # 4,117,342,184
    ("resnet50", "macs=4.13G", "MACs as thop counts them"),  # 4,133,742,592
    ("resnet50", "macs=4.13G", "MACs as ptflops counts them"),  # 4,132,436,968
    ("vit_b_16", "params=58067176", "params as thop counts them"),  # it loses attention's
    ("resnet50", "flops=4.1G", "MACs"),
    ("resnet50", "flops=3.8G", "MACs of resnet50-v1"),  # as the paper says it
    ("resnet50", "flops=3.86G", "MACs, the stride of bottleneck in conv1, and not in conv2"),
    ("vit_b_16", "flops=55.5G", "MACs, an input of 3@384x384"),  # torchvision, of the weights for 384x384
    # Keras keeps a bias in each of 53 convolutions, 26,560 in all
    ("resnet50", "params=25583592", "a bias in each convolution and full connection"),
    # and counts the 2 x 26,560 running means and variances
    ("resnet50", "params=25636712", "running means and variances counted and a bias in each convolution and full connection"),
    ("resnet50", "params=25530472", "batch norms folded into the convolutions"),
    ("resnet50", "params=23508032", "fc left out"),  # 25,557,032 - 1000 x 2049
    ("resnet50", "params=23561152", "running means and variances counted and fc left out"),
    ("resnet50", "params=25550760", "an input of 1@224x224"),  # 25,557,032 - 2 x 64 x 49
    # Keras, include_top=False: 25,636,712 without the 1000 x 2049 of the scores
    ("resnet50", "params=23587712", "running means and variances counted and a bias in each convolution and full connection"
     " and fc left out"),
    ("vgg16", "params=14714688", "fc6, fc7, fc8 left out"),  # Keras, include_top=False
    ("unet", "params=31030593", "classes = 1"),  # 64 + 1 less than with two
    ("bert-base", "params=108310272", "V = 28996"),  # the cased one: 1,526 words of 768 less
    ("bert-base", "params=108891648", "pooler left out"),  # add_pooling_layer=False: 768 x 769 less
    ("llama-2-7b", "weights=13.5GB", "numbers of float16 or bfloat16 or int16"),  # 2 x 6,738,415,616
    ("gpt2", "params=163037184", "shared tensors counted at each use"),  # 124,439,808 + 50257 x 768
    ("gpt2", "params=124337664", "nanogpt"),
    ("gpt2", "params=124475904", "V = 50304"),  # 47 more words of 768
    ("googlenet", "params=13004888", "googlenet-aux"),
    ("googlenet-aux", "params=6624904", "all outputs but the first left out"),
    ("alexnet-2012", "params=62378344", "convolutions without groups"),
    ("vit_b_16", "macs=16848500736", "products of activations with activations left out"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "claim", "what"), RIVALS, ids=lambda value: str(value)[:30])
def test_a_rival_figure_is_explained(name, claim, what):
    assert what in [each.what for each in closings(name, claim)]


def test_what_nothing_has_is_not_explained():
    """The bar chart of 1998 shows some 401,000 multiply-accumulates; no reading of the network has them."""
    found = closings("lenet5", "macs=401000")
    assert found == ()
    assert "56 other networks" in found.tried or any(
        words.endswith("other networks") for words in found.tried
    )


def test_a_figure_that_is_cut_is_said_to_be():
    found = closings("resnet50", "macs=3.8G")
    assert {(each.value, each.cut) for each in found} == {(3857973248, True)}


def test_what_is_cut_itself_needs_no_other_reason():
    """300,774,272 in a table that cuts: 300M."""
    assert [(each.what, each.cut) for each in closings("mobilenet_v2", "macs=300M")] == [
        ("the computed figure", True)
    ]


def test_a_rounded_figure_that_is_explained_is_not_looked_for_in_other_networks():
    """alexnet-2012 has 1.45 G FLOPs, which round to 1.5G too."""
    assert not any("alexnet" in each.what for each in closings("googlenet", "flops=1.5G"))


def test_a_figure_that_rounds_is_not_said_to_be_cut():
    assert not any(each.cut for each in closings("resnet50", "macs=3.86G"))


def test_a_bound_has_no_gap_to_close():
    found = load("lenet5").check("params <= 50k")
    assert found.closing(found[0]) == ()
    assert found.closing(found[0]).tried == ()


def test_what_agrees_is_not_looked_into():
    found = load("lenet5").check("params = 60000")
    assert found.closing(found[0]).tried == ()


def test_the_differences_of_a_network_are_those_of_its_layers():
    pytorch = next(each for each in closings("lenet5", "params=61706") if each.what == "lenet5-pytorch")
    # 2 x (6 + 16) of S2 and S4; 16 x (6 x 25 + 1) - 1516; 10 x 85
    assert [(part.where, part.by) for part in pytorch.parts] == [
        ("S2, S4", -44),
        ("C3", 900),
        ("OUTPUT", 850),
    ]


FAMILIES = {name: load(name) for name in NETWORKS if name.startswith(("lenet", "resnet1", "resnet5", "vgg", "alexnet", "mobilenet"))}  # fmt: skip


@settings(max_examples=12)
@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(sorted(FAMILIES)), st.sampled_from(COUNTED))
def test_what_is_said_adds_up(name, other, quantity):
    """A claim made of another network's figure: whatever closes it has that figure, and its parts add up."""
    claimed = FAMILIES[other].measure("total", quantity)
    if claimed is None or claimed == FAMILIES[name].measure("total", quantity):
        return
    found = FAMILIES[name].check(f"{quantity}={claimed}")
    for each in found.closing(found[0]):
        assert each.value == claimed
        if each.parts:
            assert sum(part.by for part in each.parts) == claimed - found[0].computed


@settings(max_examples=30)
@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(sorted(FAMILIES)))
def test_layers_of_two_networks_are_set_side_by_side_each_once_and_in_order(name, other):
    left, right = FAMILIES[name].analysis, FAMILIES[other].analysis
    pairs = align(left, right)
    assert [pair.left for pair in pairs if pair.left is not None] == left.rows
    rights = [pair.right.name for pair in pairs if pair.right is not None]
    assert sorted(rights) == sorted(row.name for row in right.rows)


def test_a_network_is_aligned_with_itself():
    net = load("resnet50").analysis
    assert all(pair.left is pair.right and pair.change() == "" for pair in align(net, net))


def test_layers_of_other_names_are_aligned_by_their_channels():
    pairs = align(load("lenet5").analysis, load("lenet5-keras").analysis)
    assert [pair.name for pair in pairs] == [
        "C1 → conv1", "S2 → pool1", "C3 → conv2", "S4 → pool2", "C5 → dense1", "F6 → dense2", "OUTPUT → dense3",
    ]  # fmt: skip


# -- where it is shown


def test_every_format_says_what_closes_the_gap(archcalc):
    for word in ("github", "markdown", "junit"):
        assert "lenet5-pytorch has 61,706" in archcalc(
            "check", "lenet5", "params=61706", "-f", word
        ).out.replace("\\", "")
    (verdict,) = json.loads(archcalc("check", "lenet5", "params=61706", "-f", "json").out)["verdicts"]
    first = verdict["closes"][0]
    assert (first["what"], first["value"], len(first["parts"])) == ("lenet5-pytorch", 61706, 3)


def test_of_a_file_with_many_wrong_figures_the_first_few_are_looked_into(archcalc, inside):
    lines = "\n".join(f"  - {{at: total, params: {60840 + 10 * i}}}" for i in range(6))
    (inside / "wrong.yaml").write_text(f"archcalc: 1\nname: wrong\nextends: lenet5\nexpect:\n{lines}\n")
    quiet, loud = archcalc("check", "wrong.yaml"), archcalc("check", "wrong.yaml", "-v")
    assert quiet.status == loud.status == 1
    assert quiet.out.count("what has") + quiet.out.count("nothing tried") == 3
    assert loud.out.count("what has") + loud.out.count("nothing tried") == 6


@pytest.mark.parametrize("columns", [40, 70, 100])
def test_it_fits_the_page(columns):
    found = load("lenet5").check("params=61706", "macs=401000", "params=60840")
    text = str(found.page(columns))
    assert max(len(line) for line in text.splitlines()) <= columns
    for word in ("lenet5-pytorch", "850", "840"):
        assert word in text
