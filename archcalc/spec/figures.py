"""What a claim says: a number, a rounded number, a bound or a shape, read from its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import quote
from archcalc.expressions import ExpressionError, integer, number

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from archcalc.spec.node import Node

_SUFFIX = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_SAME = {"==": "=", "≤": "<=", "≥": ">="}  # other spellings of a relation
# compiled at the first use, which a spec of plain numbers never comes to
# digits alone, or in threes; B only behind a suffix: 7B would be bytes to some and billions to others
_FIGURE = (
    r"([+-]?(?:[0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)"
    r"\s*(?:(k|M|G|T|Ki|Mi|Gi)(B?))?\Z"
)
_COMPARED = r"(?s)(<=|>=|==|=|<|>|≤|≥)\s*(.+)\Z"
_NEARLY = r"(?s)(~|≈)?\s*([+-]?[0-9][0-9,_]*(?:\.[0-9]+)?)\s*([A-Za-z]*)\Z"
_MEANT = {
    "thousand": "k", "million": "M", "billion": "G", "bn": "G", "trillion": "T",
    **{suffix.lower() + b.lower(): suffix + b for suffix in _SUFFIX
       for b in ("", "B" * suffix.endswith("i"))},
}  # fmt: skip
_SHAPE = r"[0-9]+(?:(?:@|x| x )[0-9]+(?:(?:x| x )[0-9]+)*)?\Z"


class FigureError(ValueError):
    """A text that claims nothing, or something that cannot be compared: a short sentence, and its mend."""

    def __init__(self, said: str, fix: str = "") -> None:
        super().__init__(said)
        self.fix = fix


class Figure(NamedTuple):
    """A claimed value: an exact number or shape, a rounded number, or a bound."""

    relation: str  # "=", "<=", ">=", "<", ">"
    value: Any  # int, Fraction, or a tuple of ints
    within: Any = 0  # how far ours may lie from it: half the last written digit, or the tolerance
    text: str = ""
    binary: bool = False  # written in KiB, MiB or GiB, so it counts bytes

    def holds(self, computed: Any) -> bool:
        """Whether a computed figure agrees."""
        if isinstance(self.value, tuple):
            return tuple(computed) == self.value
        if isinstance(computed, tuple):
            return all(self.holds(size) for size in computed)
        if self.relation == "=":
            return bool(abs(computed - self.value) <= self.within)
        return bool(_RELATIONS[self.relation](computed, self.value))


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def figure(text: str) -> Figure:
    """The figure that a text claims: `60000`, `1.8G`, `<= 250k`, `6@28x28`.

    A figure with a suffix, a decimal point or an exponent is rounded: it agrees when ours rounds to it.
    Raises FigureError with a sentence.
    """
    shown = text.strip()
    whole = integer(shown)
    if whole is not None:
        return Figure("=", whole, text=shown)
    relation, text = "=", shown
    if match := re.match(_COMPARED, text):
        relation, text = _SAME.get(match[1], match[1]), match[2].strip()
    if match := re.match(_FIGURE, text):
        return _number(relation, match, shown)
    if relation == "=" and re.match(_SHAPE, text):
        sizes = tuple(map(integer, re.split(r"@| x |x", text)))
        if None not in sizes:
            return Figure("=", sizes, text=text)
    msg = f"{quote(text if relation == '=' else shown)} is no figure: 60000, 1.8G, '<= 250k' or 6@28x28 are"
    if re.match(_FIGURE, text.removesuffix("B")) and text.endswith("B"):
        plain = text.removesuffix("B").rstrip()
        msg = f"{quote(text)} is no figure: B is billions to some and bytes to others; {plain}G or {plain} is"
        raise FigureError(msg)
    raise FigureError(msg, _mend(relation, text))


def _mend(relation: str, text: str) -> str:
    """What is surely meant: `36.5M` by `36.5m`, `25M` by `25 million`; nothing where one cannot tell.

    What is only about right needs a suffix or a decimal point, which make a figure a rounded one.
    """
    match = re.match(_NEARLY, text)
    if match is None:
        return ""
    about, digits, word = match.groups()
    suffix = _MEANT.get(word.lower(), "") if word else ""
    mended = digits + suffix
    rounded = suffix or "." in digits
    if bool(word) != bool(suffix) or (about and not rounded) or not re.match(_FIGURE, mended):
        return ""
    return mended if relation == "=" else f"{relation} {mended}"


def _number(relation: str, match: re.Match[str], shown: str) -> Figure:
    digits = match[1].replace(",", "").replace("_", "")
    exact = _exact(digits)
    assert exact is not None
    scale = _SUFFIX.get(match[2] or "", 1)
    mantissa, _, exponent = digits.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    rounded = bool(match[2]) or decimals or exponent
    within = _scaled(scale, int(exponent or 0) - decimals) if rounded and relation == "=" else 0
    value = exact * scale
    binary = bool(match[3]) and match[2].endswith("i")
    if relation == "=":
        shown = shown.lstrip("=").strip()
    return Figure(
        relation, getattr(value, "numerator", value) if value == int(value) else value, within, shown, binary
    )


def _exact(text: str) -> int | Fraction | None:
    """The number that the text is; None where it is not one."""
    try:
        return number(text)
    except ExpressionError as error:
        raise FigureError(str(error)) from None


def _scaled(scale: int, power: int) -> Fraction:
    """Half of the last written digit."""
    from fractions import Fraction

    return Fraction(scale, 2) * Fraction(10) ** power


def read(node: Node) -> Figure:
    """The figure of an `expect` line: a number, a comparison, a list, or `{value: 1.8G, tol: 3%}`."""
    value = node.value
    if isinstance(value, str):
        return figure(value)
    if isinstance(value, list):
        sizes = tuple(integer(part.value) if isinstance(part.value, str) else None for part in value)
        if None in sizes or not sizes:
            msg = "an output is a list of sizes, as [6, 28, 28]"
            raise FigureError(msg)
        return Figure("=", sizes, text=f"[{', '.join(map(str, sizes))}]")
    given = node.plain()
    if set(given) - {"value", "tol"} or "value" not in given or not isinstance(given["value"], str):
        msg = "a figure with a tolerance is {value: 1.8G, tol: 3%}"
        raise FigureError(msg)
    found = figure(given["value"])
    if "tol" in given and found.relation != "=":
        raise FigureError(f"a tolerance stands beside a figure, not beside a bound such as {found.text}")
    return found._replace(within=_tolerance(given["tol"], found)) if "tol" in given else found


def _tolerance(text: Any, found: Figure) -> Any:
    from fractions import Fraction

    plain = str(text).strip()
    share = plain.endswith("%")
    match = None if share else re.match(_FIGURE, plain)
    value = _number("=", match, plain).value if match else _exact(plain.removesuffix("%").strip())
    if value is None or value < 0 or isinstance(found.value, tuple):
        msg = f"tol is a number or a percentage, not {quote(plain)}"
        raise FigureError(msg)
    return abs(found.value) * Fraction(value) / 100 if share else Fraction(value)
