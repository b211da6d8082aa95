"""SVG to a vector PDF of one page, with svg2pdf: text stays text, in the shipped font, which is embedded."""

from __future__ import annotations

import re

from archcalc.drawing.lettering import BOLD, REGULAR
from archcalc.errors import DrawingError, MissingError, Problem

_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_FONTS = re.compile(rb"(?:\s+/fo\d+ \d+ 0 R)+")
_STREAM = b"\nstream\n"


def pdf(svg: str, title: str) -> bytes:
    """A picture as PDF; the same picture gives the same bytes.

    Raises MissingError where the package that does it is not installed.
    """
    try:
        import svg2pdf_py as writer
    except ImportError:
        what = "a PDF is written by the package svg2pdf-py, which is not installed"
        raise MissingError(Problem(what, fix="pip install 'archcalc[pdf]'")) from None
    fonts = writer.FontDatabase()
    for path in (REGULAR, BOLD):
        fonts.load_font_file(path)
    # it takes 72 pixels for an inch, where SVG has 96: a length without a unit stays a point
    points = re.sub(r'(<svg [^>]*?width="[\d.]+)pt(" height="[\d.]+)pt', r"\1\2", svg, count=1)
    try:
        written = writer.svg_to_pdf(points, fonts, writer.ConversionOptions())
    except ValueError as error:
        raise DrawingError(f"The picture could not be drawn: {error}") from error
    return _settled(written, title)


def _settled(written: bytes, title: str) -> bytes:
    """The same PDF with its parts in the order in which they are met, and its title.

    The package puts its fonts in whatever order a table of hashes has them.
    """
    parts = _parts(written)
    root = re.search(rb"/Root (\d+) 0 R", written)
    assert root
    order = [int(root[1])]
    for number in order:
        head = _FONTS.sub(_sorted, parts[number].partition(_STREAM)[0])
        order += [n for n in map(int, _REFERENCE.findall(head)) if n not in order]
    places = {number: i + 1 for i, number in enumerate(order)}
    bodies = [_renumbered(parts[number], places) for number in order]
    name = ("\ufeff" + title).encode("utf-16-be").hex().upper()
    bodies.append(b"<<\n  /Title <%b>\n  /Producer (svg2pdf)\n>>" % name.encode())
    return _file(bodies)


def _parts(written: bytes) -> dict[int, bytes]:
    """The numbered parts of a PDF, by its table of where each begins."""
    start = int(written.rpartition(b"startxref")[2].split()[0])
    lines = written[start:].split(b"\n", 2)
    count = int(lines[1].split()[1])
    begins = [int(lines[2][20 * i : 20 * i + 10]) for i in range(1, count)]
    ends = sorted([*begins, start])
    found = {}
    for number, begin in enumerate(begins, 1):
        whole = written[begin : ends[ends.index(begin) + 1]].rstrip()
        found[number] = whole.removeprefix(b"%d 0 obj\n" % number).removesuffix(b"\nendobj")
    return found


def _sorted(fonts: re.Match[bytes]) -> bytes:
    """Fonts of a page by their names."""
    return b"".join(sorted(re.findall(rb"\s+/fo\d+ \d+ 0 R", fonts[0])))


def _renumbered(part: bytes, places: dict[int, int]) -> bytes:
    """A part that refers to others by their new numbers."""
    head, stream, data = part.partition(_STREAM)
    head = _REFERENCE.sub(lambda found: b"%d 0 R" % places[int(found[1])], _FONTS.sub(_sorted, head))
    return head + stream + data


def _file(bodies: list[bytes]) -> bytes:
    """A PDF of parts, the first its catalogue and the last what is said about it."""
    found = b"%PDF-1.7\n%\x80\x80\x80\x80\n"
    table = [b"0000000000 65535 f\r\n"]
    for number, body in enumerate(bodies, 1):
        table.append(b"%010d 00000 n\r\n" % len(found))
        found += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    size = len(bodies) + 1
    trailer = b"trailer\n<<\n  /Size %d\n  /Root 1 0 R\n  /Info %d 0 R\n>>\n" % (size, size - 1)
    return (
        found + b"xref\n0 %d\n" % size + b"".join(table) + trailer + b"startxref\n%d\n%%%%EOF\n" % len(found)
    )
