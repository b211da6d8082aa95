"""SVG to PNG, with resvg."""

from __future__ import annotations

import re

from archcalc.drawing.lettering import BOLD, FAMILY, REGULAR
from archcalc.errors import DrawingError

PIXELS = 100_000_000  # 400 MB while drawn
SIDE = 65_535  # pixels; common viewers show no larger picture

_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)(?:pt)?" height="([\d.]+)(?:pt)?"')


def png(svg: str, scale: float = 2.0) -> bytes:
    """Draw an SVG document as a PNG, with the shipped font only."""
    import resvg_py

    size = _SIZE.search(svg)
    if not size or not scale > 0:
        raise DrawingError("A PNG needs an SVG with a size in points, and a scale above zero.")
    wide, high = (float(side) * 4 / 3 * scale for side in size.groups())
    if max(wide, high) > SIDE or wide * high > PIXELS:  # resvg would abort the process
        raise DrawingError(
            f"The picture would be {wide:.0f} × {high:.0f} pixels, too large for a PNG: "
            "write SVG, or lower the scale."
        )
    try:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            dpi=96,
            skip_system_fonts=True,
            font_files=[BOLD, REGULAR],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            serif_family=FAMILY,
            monospace_family=FAMILY,
            languages=["en"],  # else taken from the environment
        )
    except ValueError as error:
        raise DrawingError(f"The picture could not be drawn: {error}") from error
