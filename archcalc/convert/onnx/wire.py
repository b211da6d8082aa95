"""Messages in protobuf's wire format, field by field; what nobody asks for is stepped over.

Source   protobuf.dev, "Encoding"
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Bytes = bytes | memoryview
    Field = tuple[int, int, int, int]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MOST_FIELDS = 20_000_000  # in one file
_SHORT = 1 << 12  # bytes of a message that is copied before it is read, and fields that are read at once
_SIGN = 1 << 63


class WireError(ValueError):
    """Bytes that are no message: what is wrong, and at which byte."""


class Wire:
    """A file's bytes, and how many fields have been read of it."""

    __slots__ = ("data", "left")

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self.left = _MOST_FIELDS

    def fields(self, start: int, end: int) -> Iterable[Field]:
        """Number, wire type, and value of each field between two bytes; of bytes, where they begin and end.

        Of a number the value is the third, and the fourth is where the field ends. A short message is
        copied: bytes are read faster than what is mapped.
        """
        if end - start > _SHORT:
            return self.each(start, end)
        return self.some(bytes(self.data[start:end]), 0, end - start, start)[0]

    def each(self, start: int, end: int) -> Iterator[Field]:
        """The fields of a long message, so many at a time."""
        while start < end:
            found, start = self.some(self.data, start, end, 0)
            yield from found

    def some(  # noqa: C901, PLR0912  (a call for each sort of field would take half as long again)
        self, data: Bytes, at: int, end: int, lead: int
    ) -> tuple[list[Field], int]:
        """Fields between two bytes of data that begins `lead` bytes into the file, and where they end."""
        varint = self.varint
        found: list[Field] = []
        while at < end and len(found) < _SHORT:
            key = data[at]
            at += 1
            if key & 0x80:
                key, at = varint(data, at - 1, end)
            sort = key & 7
            if sort == BYTES:
                size = data[at] if at < end else 0x80
                if size & 0x80:
                    size, at = varint(data, at, end)
                else:
                    at += 1
                if at + size > end:
                    where = f"byte {at + lead:,}"
                    raise WireError(f"{where}: a field of {size:,} bytes in {end - at:,} that are left")
                found.append((key >> 3, BYTES, at + lead, at + lead + size))
                at += size
            elif sort == VARINT:
                value = data[at] if at < end else 0x80
                if value & 0x80:
                    value, at = varint(data, at, end)
                else:
                    at += 1
                found.append((key >> 3, VARINT, value - (1 << 64) if value >= _SIGN else value, at + lead))
            elif sort in (FIXED32, FIXED64):
                size = 4 if sort == FIXED32 else 8
                if at + size > end:
                    raise WireError(f"byte {at + lead:,}: the bytes end in the middle of a number")
                value = int.from_bytes(data[at : at + size], "little")
                at += size
                found.append((key >> 3, sort, value, at + lead))
            else:
                raise WireError(f"byte {at + lead - 1:,}: wire type {sort}, which ONNX does not use")
        self.left -= len(found)
        if self.left < 0:
            raise WireError(f"more than {_MOST_FIELDS:,} fields")
        return found, at

    def varint(self, data: Bytes, at: int, end: int) -> tuple[int, int]:
        """A number of seven bits a byte, and where it ends."""
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                raise WireError("the bytes end in the middle of a number")
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & ((1 << 64) - 1), at
        raise WireError("a number of more than ten bytes")

    def text(self, start: int, end: int) -> str:
        """A string; what is no UTF-8 in it is replaced."""
        return bytes(self.data[start:end]).decode("utf-8", "replace")

    def numbers(self, sort: int, a: int, b: int) -> list[int]:
        """The numbers of a repeated field, packed or one by one."""
        if sort != BYTES:
            return [a]
        found, at = [], a
        while at < b:
            value, at = self.varint(self.data, at, b)
            found.append(value - (1 << 64) if value >= _SIGN else value)
        return found

    def floats(self, sort: int, a: int, b: int) -> list[float]:
        """The 32-bit floats of a repeated field, packed or one by one."""
        if sort != BYTES:
            return [struct.unpack("<f", (a & 0xFFFFFFFF).to_bytes(4, "little"))[0]]
        size = (b - a) // 4
        return list(struct.unpack(f"<{size}f", self.data[a : a + 4 * size]))
