"""The forward pass at real size: its numbers, its memory, and what it says where that is too little."""

import tracemalloc

import numpy as np
import pytest

from archcalc import forward, load, swift
from archcalc.errors import ForwardError

# a network of each sort, at an input at which the textbook's form is quick
NETS = {
    "lenet5": None,
    "resnet18": (3, 48, 48),
    "mobilenet_v2": (3, 48, 48),
    "dcgan": None,
}


@pytest.mark.parametrize("name", NETS)
def test_the_fastest_road_gives_the_numbers_of_the_textbook(name):
    net = load(name, input=NETS[name])
    tensors = forward.tensors(net.graph)
    values = net.forward(
        tensors={k: v for k, v in tensors.items() if not by_name(net, k).owner and not by_name(net, k).ties}
    )
    found = net.infer()
    assert found.keys() == net.graph.outputs.keys()
    for output, array in found.items():
        expected = values[net.graph.layer_of(net.graph.outputs[output])]
        assert array.dtype == np.float32
        scale = np.abs(expected).max()
        np.testing.assert_allclose(array / scale, expected / scale, rtol=0, atol=2e-4)


def by_name(net, name):
    return net.graph.by_name[name]


@pytest.mark.parametrize("name", [name for name in NETS if name != "lenet5"])
def test_a_pass_takes_no_more_memory_than_it_says_before(name):
    graph = load(name, input=NETS[name]).graph
    wanted = swift.need(graph).bytes
    swift.infer(graph)  # what is imported and kept for good is not the pass's
    tracemalloc.start()
    try:
        swift.infer(graph)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert wanted / 8 < peak < wanted + 2**20


def test_a_pass_that_would_take_too_much_says_what_it_takes(archcalc):
    ran = archcalc("verify", "resnet18", "--max-memory", "1MiB")
    assert (ran.status, ran.out) == (2, "")
    need = swift.need(load("resnet18").graph)
    assert (
        f"a forward pass takes {need.bytes / 2**20:.1f} MiB at {need.node}, and may take 1.0 MiB" in ran.err
    )
    assert "fix: --max-memory 1GiB" in ran.err


@pytest.mark.parametrize("text", ["8 apples", "-1", "0", "<= 3", "1.5", "6@28x28"])
def test_a_size_that_is_none_is_refused(archcalc, text):
    ran = archcalc("verify", "lenet5", "--max-memory", text)
    assert (ran.status, ran.out) == (2, "")
    assert f"--max-memory takes a size, not '{text}'" in ran.err
    assert "fix: --max-memory 8GiB" in ran.err


def test_a_large_network_is_verified_at_its_real_size(archcalc):
    ran = archcalc("verify", "resnet18")
    assert ran.status == 0
    assert "512@7x7" in ran.out


def test_given_tensors_are_used():
    net = load("lenet5-pytorch")
    tensors = forward.tensors(net.graph)
    zeros = {
        name: {word: np.zeros_like(array) for word, array in own.items()} for name, own in tensors.items()
    }
    (given,) = net.infer(tensors=zeros).values()
    assert not given.any()
    (seeded,) = net.infer(tensors=tensors).values()
    np.testing.assert_allclose(seeded, next(iter(net.infer().values())), atol=1e-6)


def test_memory_that_is_too_little_is_an_error_in_python_too():
    with pytest.raises(ForwardError, match="may take 10 B"):
        load("lenet5").infer(max_memory=10)
