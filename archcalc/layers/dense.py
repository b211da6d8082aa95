"""Units that read a whole vector: weighted sums and distances."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.arrays import contract
from archcalc.dims import Dim, Shape, equal, product
from archcalc.errors import quote
from archcalc.fields import FieldError, dim, flag, special
from archcalc.layer import INSIDE, WEIGHTS, Layer, Product, Rule, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy

    from archcalc.arrays import Array
    from archcalc.expressions import Scope


class Linear(
    Layer,
    op="linear",
    takes=("C", "T C", "H W C"),
    also=("dense", "fc", "fully_connected", "inner_product", "affine", "nn.Linear", "full"),
):
    """Each output is a weighted sum of all features, and a bias.

    Shapes   (C) -> (out_features), (T, C) -> (T, out_features), and so on any axes whose last is C
    Counts   a bias is a connection and no MAC
    Source   LeCun et al. 1998, II.B, layer F6
    """

    out_features: Dim = dim(
        "units", also=("units", "num_output", "out_channels", "output_dim", "features", "n")
    )
    bias: bool = flag("one bias for each unit", default=True, also=("use_bias", "bias_term"))
    units = True

    def refusal(self, *xs: Shape) -> str:
        """Any axes will do where the last is C."""
        return "" if all(x.axes[-1:] == ("C",) for x in xs) else super().refusal(*xs)

    def output(self, x: Shape) -> Shape:
        """out_features in place of the features."""
        return Shape((*x[:-1], self.out_features), x.axes)

    def params(self, x: Shape) -> Dim:
        """For each unit a weight for each feature, and a bias."""
        features: Dim = x[-1]
        return self.out_features * (features + 1) if self.bias else self.out_features * features

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A row of weights for each unit, then a bias for each."""
        weight = Shape((self.out_features, x[-1]), ("out", "in"))
        return {"weight": weight, "bias": Shape((self.out_features,))} if self.bias else {"weight": weight}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Every weight and bias once for each vector."""
        return self.params(x) * product(y[:-1]) if y[1:] else self.params(x)

    def work(self, x: Shape, y: Shape) -> Work:
        """Every weight is multiplied once for each vector."""
        return Work(mac=x[-1] * product(y))

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        params = "units · (inputs + 1 bias)" if self.bias else "units · inputs"
        return {"params": params, "connections": "params", "macs": "units · inputs"}.get(quantity, "")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """weight · x + bias."""
        weight, bias = tensors["weight"], tensors.get("bias")
        if x.ndim == 1:
            return contract("oi,i->o", weight, x, bias)
        rows = x.reshape(-1, x.shape[-1])
        y = contract("oi,ti->to", weight, rows, None if bias is None else bias[None, :])
        return y.reshape(*x.shape[:-1], -1)


class Bilinear(Layer, op="bilinear", takes="C", also=("nn.Bilinear", "bilinear_form")):
    """Each output is a weighted sum of all products of a feature of one input and one of the other.

    Shapes   (C), (C2) -> (out_features)
    Counts   x₁ᵀW first, a MAC for each weight, then a MAC for each of its sums and x₂; a bias is no MAC
    Source   torch.nn.Bilinear: y = x₁ᵀ·W·x₂ + b
    """

    out_features: Dim = dim("units", also=("units", "num_output", "out_channels", "n"))
    bias: bool = flag("one bias for each unit", default=True, also=("use_bias", "bias_term"))
    units = True
    inputs = (2, 2)

    def output(self, x: Shape, x2: Shape) -> Shape:
        """out_features."""
        return Shape((self.out_features,))

    def params(self, x: Shape, x2: Shape) -> Dim:
        """For each unit a weight for each pair of features, and a bias."""
        pairs: Dim = x[0] * x2[0]
        return self.out_features * (pairs + 1) if self.bias else self.out_features * pairs

    def weights(self, x: Shape, x2: Shape) -> dict[str, Shape]:
        """A matrix for each unit, then a bias for each."""
        weight = Shape((self.out_features, x[0], x2[0]), ("out", "in", "in2"))
        return {"weight": weight, "bias": Shape((self.out_features,))} if self.bias else {"weight": weight}

    def connections(self, x: Shape, x2: Shape, y: Shape) -> None:
        """Not defined: a unit is a sum of products of inputs."""

    def work(self, x: Shape, x2: Shape, y: Shape) -> Work:
        """Every weight is multiplied by its feature of x₁, and each sum by its feature of x₂."""
        return Work(mac=self.out_features * x[0] * x2[0] + self.out_features * x2[0])

    def products(self, *xs: Shape, y: Shape) -> Iterable[Product]:
        """The weights with the first input, and their sums with the second."""
        x, x2 = xs
        yield Product(self.out_features * x[0] * x2[0], WEIGHTS, 0)
        yield Product(self.out_features * x2[0], INSIDE, 1)

    def inside(self, *xs: Shape, y: Shape) -> Dim:
        """The sums over the first input."""
        return self.out_features * xs[1][0]  # type: ignore[no-any-return]

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        params = "units · (inputs · other inputs + 1 bias)" if self.bias else "units · inputs · other inputs"
        macs = "units · inputs · other inputs + units · other inputs"
        return {"params": params, "macs": macs}.get(quantity, "")

    def forward(self, x: Array, x2: Array, **tensors: Array) -> Array:
        """x₁ᵀ·W·x₂ + b."""
        sums = contract("oij,i->oj", tensors["weight"], x)
        return contract("oj,j->o", sums, x2, tensors.get("bias"))


PICTURE = (12, 7)  # rows and columns of a code drawn as a picture


def read_codes(given: Any, _scope: Scope) -> Any:
    """`digits`, `seeded`, or pictures: a list of rows of X and . for each output."""
    if given in (None, "digits", "seeded"):
        return given
    if not isinstance(given, list | tuple) or not given:
        raise FieldError("are digits, seeded, or a picture of X and . for each output")
    return tuple(_code(i, picture) for i, picture in enumerate(given))


def _code(i: int, picture: Any) -> tuple[int, ...]:
    rows = [picture] if isinstance(picture, str) else picture
    if not isinstance(rows, list | tuple) or not all(isinstance(row, str) for row in rows):
        raise FieldError(f"have no picture of X and . for output {i}", path=(i,))
    marks = "".join("".join(row.split()) for row in rows)
    odd = next((c for c in marks if c not in "Xx."), None)
    if odd is not None or not marks:
        raise FieldError(
            f"have {quote(odd or '')} in the picture of output {i}, where X and . may stand", path=(i,)
        )
    return tuple(1 if c in "Xx" else -1 for c in marks)


def write_codes(codes: Any) -> Any:
    """Codes as an author writes them: a word, or a row of X and . for each output."""
    return (
        codes if isinstance(codes, str) else ["".join("X" if c > 0 else "." for c in code) for code in codes]
    )


def digits() -> tuple[tuple[int, ...], ...]:
    """Ten pictures of the digits, 7 wide and 12 high, +1 where there is ink; drawn for archcalc."""
    path = os.path.join(os.path.dirname(__file__), "digits.txt")
    with open(path, encoding="ascii") as file:
        pictures = file.read().strip().split("\n\n")
    return tuple(_code(i, picture.split("\n")) for i, picture in enumerate(pictures))


class Rbf(
    Layer, op="rbf", takes=("C", "C H W"), also=("euclidean_rbf", "radial_basis_function", "rbf_layer")
):
    """Each output is the squared distance of the input to a code: y_i = Σ_j (x_j − w_ij)².

    Shapes   (C) -> (out_features), (C, H, W) -> (out_features, H, W), at each place
    Counts   a MAC for each square that is summed, and an addition for each difference
    Source   LeCun et al. 1998, II.B, equation 7; fixed codes with trainable: false
    """

    out_features: Dim = dim(
        "units, one for each class", also=("units", "num_output", "classes", "out_channels")
    )
    codes: Any = special(
        "digits: ten 7x12 pictures that archcalc draws; seeded: -1 and +1 by chance; or pictures of X and .",
        read_codes,
        "digits, seeded, or a picture for each output",
        default=None,
        also=("centers", "centres", "weights"),
        examples=("seeded", ["X.", ".X"], ["X.X"]),
        spell=write_codes,
    )
    units = True
    formulas = {
        "params": "units · inputs: a code for each unit",
        "connections": "units · inputs · places",
        "macs": "units · inputs: a square for each",
    }

    def requires(self, x: Shape) -> Iterable[Rule]:
        """Codes are as many as the outputs, and as long as the input."""
        if self.codes in (None, "seeded"):
            return
        codes = digits() if self.codes == "digits" else self.codes
        yield Rule(
            equal(self.out_features, len(codes)),
            lambda: f"there are {len(codes)} codes, and out_features is {self.out_features}",
            field="codes",
        )
        for i, code in enumerate(codes):
            yield Rule(
                equal(x[0], len(code)),
                lambda i=i, code=code: f"code {i} has {len(code)} cells, and the input {x[0]} features",  # type: ignore[misc]
                lambda: "a code has a cell for each input, as 7x12 = 84 in LeNet-5",
                "codes",
            )

    def output(self, x: Shape) -> Shape:
        """out_features in place of the features."""
        return Shape((self.out_features, *x[1:]), x.axes)

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A code for each unit."""
        return {"codes": Shape((self.out_features, x[0]), ("out", "in"))}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Each unit reads every feature."""
        features: Dim = x[0]
        return product(y) * features

    def work(self, x: Shape, y: Shape) -> Work:
        """A difference and a square for each unit and feature."""
        return Work(mac=product(y) * x[0], add=product(y) * x[0])

    def values(self, name: str, shape: tuple[int, ...], rng: numpy.random.Generator) -> Array | None:
        """The codes: pictures, or −1 and +1 by chance."""
        from archcalc.lazy import np

        codes = self.codes
        if codes is None and shape == (10, PICTURE[0] * PICTURE[1]):
            codes = "digits"
        if codes in (None, "seeded"):
            return rng.choice([-1.0, 1.0], shape)
        return np.array(digits() if codes == "digits" else codes, dtype=float)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Σ_j (x_j − w_ij)², at each place."""
        codes = tensors["codes"]
        away = x[None] - codes[(..., *(None,) * (x.ndim - 1))]
        return contract("oixy,oixy->oxy" if x.ndim > 1 else "oi,oi->o", away, away)
