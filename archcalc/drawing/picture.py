"""What every style gives: a picture that can be had in several formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.drawing.colours import THEMES, themed
from archcalc.errors import Problem, UsageError, likely, printable, quote

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("svg", "png", "pdf", "dot", "tex", "tikz")
"""Every format, which is also a file's ending; dot, tex and tikz are not every style's."""


class Drawing:
    """A picture of a network, laid out when it is asked for. Notebooks show it.

    In the SVG each layer is a group with `data-row`: the places of its rows, from 0, in the report with
    the same folding, parted by spaces where several are drawn as one, so that `[data-row~="3"]` finds it.
    The colours are those of the light theme, out of the table in `archcalc.drawing.colours`; `svg` adds
    the rule by which a reader who has chosen a dark theme sees the dark ones.
    """

    def __init__(self, name: str, svg: Callable[[], str], *, dot: str = "", tex: str = "") -> None:
        self.name = name
        self.dot = dot
        self.tex = tex
        self._make = svg
        self._light = ""

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that it can be had in."""
        absent = {"dot": not self.dot, "tex": not self.tex, "tikz": not self.tex}
        return tuple(format for format in FORMATS if not absent.get(format))

    @property
    def svg(self) -> str:
        """The picture as SVG; the same network gives the same bytes on every machine."""
        return self.themed("auto")

    def themed(self, theme: str) -> str:
        """The picture as SVG, `light`, `dark`, or `auto` as its reader has chosen.

        Raises UsageError for another theme.
        """
        if theme not in THEMES:
            why = (f"themes: {', '.join(THEMES)}",)
            raise UsageError(Problem(f"there is no theme {quote(theme)}", why, likely(theme, THEMES)))
        if not self._light:
            self._light = self._make()
        return themed(self._light, theme)

    def png(self, scale: float = 2.0, theme: str = "light") -> bytes:
        """The picture as PNG, in the font that archcalc ships; at a scale of 1 as large as on a screen."""
        from archcalc.drawing.png import png

        return png(self.themed("light" if theme == "auto" else theme), scale)

    def pdf(self, theme: str = "light") -> bytes:
        """The picture as a PDF of one page, its text selectable; archcalc[pdf] brings what writes it."""
        from archcalc.drawing.pdf import pdf

        return pdf(self.themed("light" if theme == "auto" else theme), printable(self.name))

    def content(self, format: str, scale: float = 2.0, theme: str = "auto") -> str | bytes:
        """The picture in one of its formats.

        Raises UsageError for a format that it does not have.
        """
        if format not in self.formats:
            why = (f"formats: {', '.join(self.formats)}",)
            raise UsageError(Problem(f"this style gives no {quote(format)}", why))
        if format == "dot":
            return self.dot
        if format == "tex":
            return self.tex
        if format == "tikz":
            from archcalc.drawing.tikz import picture

            return picture(self.tex)
        if format == "pdf":
            return self.pdf(theme)
        return self.themed(theme) if format == "svg" else self.png(scale, theme)

    def __repr__(self) -> str:
        *most, last = self.formats
        return f"Drawing({printable(self.name)}, {', '.join(most)} or {last})"

    def _repr_svg_(self) -> str:
        return self.svg
