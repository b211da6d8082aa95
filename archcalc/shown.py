"""Values that show themselves: as text, in colour through rich, and in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.render.page import Page


class Shown:
    """A value with a page. Nothing is printed; whoever asks for the text decides where it goes."""

    __slots__ = ()

    def page(self, width: int | None = None) -> Page:
        """The value laid out for a terminal of `width` columns, or for a pipe."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self.page())

    def __repr__(self) -> str:
        return str(self)

    def __rich__(self) -> Any:
        return self.page().__rich__()

    def _repr_html_(self) -> str:
        return self.page()._repr_html_()


_BINARY = ("KiB", "MiB", "GiB", "TiB")
_DECIMAL = ("kB", "MB", "GB", "TB")


def sized(count: int, *, decimal: bool = False) -> str:
    """Bytes for a reader: `512 B`, `54.0 KiB`; in powers of ten `55.3 kB`."""
    base, names = (1000, _DECIMAL) if decimal else (1024, _BINARY)
    power = 0
    while power < len(names) and count >= base ** (power + 1):
        power += 1
    return f"{count / base**power:,.1f} {names[power - 1]}" if power else f"{count:,} B"
