"""Ways of counting, as data. One is named beside every figure."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.errors import Problem, UsageError, quote


class Convention(NamedTuple):
    """What a way of counting calls each quantity."""

    name: str
    about: str
    rules: dict[str, str]
    notes: tuple[str, ...] = ()


REFERENCE = Convention(
    "reference",
    "archcalc's own rule: one example, exact integers, every number derivable by hand.",
    {
        "output": "the shape of one example, with named axes: maps [C, H, W], sequences [T, C], vectors [C]",
        "neurons": "outputs of layers that compute units: weighted sums, windows, distances, attention,"
        " recurrence; 0 where numbers are only refined, looked up or re-arranged (activation, norm, dropout,"
        " embedding, add, concat, flatten); the inputs are not counted",
        "params": "trainable scalars; a tensor that layers share is counted once, in the row of the first",
        "fixed": "scalars that are stored and not trained: RBF codes, running means and variances, anything"
        " with trainable: false",
        "connections": "for each unit the distinct inputs that it reads, taps on padding included, and its"
        " bias (LeCun et al. 1998); not defined where a unit is a product of units (attention, recurrence,"
        " matmul): shown as -, and the total says which layers it leaves out",
        "MACs": "one for each product that is added up: a convolution's window, a matrix product, attention's"
        " two products, the squared distance of an RBF unit; a sum starts at its bias, so a bias costs"
        " nothing more; scores that a mask hides are computed, and counted",
        "FLOPs": "every floating-point operation of the reference forward: 2 per MAC, then additions,"
        " multiplications, divisions, comparisons, and 1 per special function (exp, tanh, ...)",
    },
    (
        "A plain sum or maximum of n terms is n − 1 operations. Changes of sign, copies, index work and what"
        " depends on constants alone are free.",
        "The coefficient of a subsampling unit is a multiplication, not a MAC. Its four inputs and its bias"
        " are five connections. A gate, a scale and a norm multiply number by number: no MACs either.",
        "Units are powers of ten: k, M, G, T. Figures are exact; only views round.",
        "Beside the figures of another tool: many print MACs and call them FLOPs; some add a bias to each"
        " MAC; most count activations, pooling and norms as 0.",
    ),
)
CONVENTIONS = {REFERENCE.name: REFERENCE}


def named(name: str) -> Convention:
    """The convention called `name`.

    Raises UsageError with the names that there are.
    """
    if name not in CONVENTIONS:
        why = (f"conventions: {', '.join(CONVENTIONS)}",)
        raise UsageError(Problem(f"there is no convention {quote(name)}", why))
    return CONVENTIONS[name]
