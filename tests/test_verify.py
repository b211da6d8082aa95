"""What one run finds, and that a wrong formula does not get through."""

import numpy as np
import pytest

import archcalc
from archcalc import familiar, verification
from archcalc.errors import ForwardError
from archcalc.layer import Work
from archcalc.layers import Conv2d, Linear, Subsample2d
from archcalc.verification import verify

SMALL = """
archcalc: 1
input: [2, 6, 6]
layers:
  - {name: a, op: conv2d, out_channels: 3, kernel_size: 3, padding: 1, activation: relu}
  - {name: b, op: max_pool2d, kernel_size: 3, stride: 2, padding: 1}
  - {name: flat, op: flatten}
  - {name: c, op: linear, out_features: 4, activation: softmax}
"""


def graph():
    return archcalc.load(SMALL).graph


def test_lenet5_is_found_as_announced():
    steps = []
    found = verify(archcalc.load("lenet5").graph, progress=lambda *step: steps.append(step))
    assert found.ok
    assert found.counted
    assert [row.name for row in found.rows] == ["C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT"]
    assert [row.found.connections for row in found.rows] == [122304, 5880, 151600, 2000, 48120, 10164, 840]
    operations = [row.found.operations.total for row in found.rows]
    assert operations == [249312, 9408, 304800, 3200, 96360, 20412, 2520]
    assert found.total.found.connections == 340908
    assert found.total.found.operations.total == 686012
    assert found.total.found.scalars == 60000 + 840
    assert steps[0] == (0, 14, "C1")
    assert steps[-1] == (14, 14, "")


def test_every_bundled_small_net_agrees():
    assert verify(archcalc.load("lenet5-pytorch").graph).ok
    assert verify(graph()).ok


@pytest.fixture
def forgetting():
    """What is known of layers is forgotten before a formula is changed, and after."""
    familiar.forget()
    yield
    familiar.forget()


@pytest.mark.usefixtures("forgetting")
@pytest.mark.parametrize(
    ("kind", "method", "wrong", "figure"),
    [
        (Conv2d, "connections", lambda *_, **__: 7, "connections"),
        (Conv2d, "params", lambda *_: 7, "scalars"),
        (Linear, "work", lambda _, x, y: Work(mac=y[0] * (x[-1] + 1)), "operations"),
        (Linear, "output", lambda _, x: x, "shape"),
    ],
)
def test_a_wrong_formula_is_found(monkeypatch, kind, method, wrong, figure):
    monkeypatch.setattr(kind, method, wrong)
    found = verify(archcalc.load("archcalc: 1\ninput: [2, 6, 6]\nlayers:\n"
                                 "  - {name: a, op: conv2d, out_channels: 3, kernel_size: 3}\n"
                                 "  - {name: flat, op: flatten}\n"
                                 "  - {name: c, op: linear, out_features: 4}\n").graph)  # fmt: skip
    assert not found.ok
    assert not all(row.ok for row in found.rows)
    assert figure in {word for row in found.rows for word in row.wrong}


def test_a_forward_that_is_not_itself_on_scalars_is_found(monkeypatch):
    real = Subsample2d.forward

    def forward(self, x, **tensors):
        return real(self, x, **tensors) * (1.0 if x.dtype == object else 2.0)

    monkeypatch.setattr(Subsample2d, "forward", forward)
    net = archcalc.load([("s", Subsample2d(2))], input=(1, 4, 4))
    found = verify(net.graph)
    assert "values" in found.rows[0].wrong


def test_a_large_network_has_its_shapes_looked_at(monkeypatch):
    monkeypatch.setattr(verification, "MOST", 1000)
    found = verify(graph())
    assert found.ok
    assert not found.counted
    assert found.rows[0].found.shape == (3, 6, 6)
    assert found.rows[0].found.operations is None
    assert found.total.found.connections is None
    assert found.note == (
        "operations and connections are counted one by one up to 1,000 operations; "
        f"this network does {found.total.expected.operations.total:,}, "
        "so only shapes and tensors were looked at; a smaller one (--input, --set) is counted"
    )


def test_letters_are_refused():
    with pytest.raises(ForwardError, match="H, W are left open"):
        verify(archcalc.load("lenet5", symbolic=True).graph)


def test_the_seed_changes_numbers_and_no_figure():
    one, other = (verify(graph(), seed=seed) for seed in (0, 1))
    assert one.rows == other.rows
    assert not np.allclose(*(archcalc.forward.run(graph(), seed=seed)["a"] for seed in (0, 1)))
