"""A Keras file's configuration: the one JSON text of a `.keras` archive, or a bare `config.json`.

The archive is hostile until shown otherwise: nothing is unpacked to a disk, nothing but the
configuration is inflated, and that no further than to a limit. Weights are never opened.
"""

from __future__ import annotations

import json
import os
import zlib
from struct import error as StructError  # noqa: N812  (the module's name for it says nothing)
from typing import TYPE_CHECKING, Any, NoReturn

from archcalc.errors import ConvertError, MissingError, Problem, quote

if TYPE_CHECKING:
    from typing import IO
    from zipfile import ZipFile, ZipInfo

LARGEST = 16 * 2**20
"""Bytes of a configuration; the largest of Keras's own networks has 2 MB."""
_PARTS = 2_000_000  # values in it, each of which takes some 100 bytes of memory
_DIRECTORY = 2**20  # bytes that are read of an archive at once: its directory has a few hundred
_MEMBER = "config.json"
_PART = 2**16  # bytes that are inflated at once
_BEGINNING = 256  # bytes within which a configuration says what it is
_SAVE = "model.save('model.keras')"
_KINDS = (0, 8)  # stored and deflated


def is_config(path: str) -> bool:
    """Whether a .json file begins as Keras begins a model's configuration."""
    try:
        with open(path, "rb") as file:
            start = file.read(_BEGINNING)
    except OSError:
        return False
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n{").lstrip()
    return first.startswith((b'"module"', b'"class_name"'))


def opened(path: str) -> dict[str, Any]:
    """The configuration in a file.

    Raises MissingError where there is none, ConvertError for what is no configuration.
    """
    if os.path.isdir(path):
        inside = os.path.join(path, _MEMBER)
        _refuse(path, "it is a folder; the configuration in it is read", inside)
    try:
        with open(path, "rb") as file:
            lead = file.read(4)
            file.seek(0)
            data = unpacked(path, file) if lead[:2] == b"PK" else _plain(path, file, lead)
    except FileNotFoundError:
        raise MissingError(f"there is no file {quote(path)}") from None
    except OSError as error:
        raise MissingError(f"{quote(path)} cannot be read: {error.strerror or error}") from None
    return parsed(data, path)


def _plain(path: str, file: IO[bytes], lead: bytes) -> bytes:
    """The text of a bare configuration."""
    if lead == b"\x89HDF":
        _refuse(path, "it is an HDF5 file, as Keras wrote them before 3; the newer form is read", _SAVE)
    if not path.lower().endswith(".json"):
        _refuse(path, "it is no archive, as a .keras file is one", _SAVE)
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        _too_large(path, len(data))
    return data


class _Short:
    """A file of which no large part is read at once, whatever the file itself says."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self.file = file
        self.path = path

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all that are left."""
        data = self.file.read(min(size, _DIRECTORY + 1) if size >= 0 else _DIRECTORY + 1)
        if len(data) > _DIRECTORY:
            _refuse(self.path, "its directory is larger than that of any model")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def unpacked(path: str, file: IO[bytes]) -> bytes:
    """The configuration in an archive, inflated to the limit and no further."""
    from zipfile import BadZipFile, ZipFile

    broken = (
        BadZipFile,
        zlib.error,
        EOFError,
        StructError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        LookupError,
    )
    try:
        with ZipFile(_Short(file, path)) as archive:
            return _inflated(path, archive, _found(path, archive.infolist()))
    except broken as error:
        _refuse(path, f"the archive is damaged: {error}")


def _found(path: str, members: list[ZipInfo]) -> ZipInfo:
    """The one member that is the configuration."""
    own = [member for member in members if member.filename == _MEMBER]
    if not own:
        _refuse(path, f"there is no {_MEMBER} in the archive", _SAVE)
    if len(own) > 1:
        _refuse(path, f"there are {len(own)} members {_MEMBER} in the archive, and one is the model")
    return own[0]


def _inflated(path: str, archive: ZipFile, member: ZipInfo) -> bytes:
    """The bytes of a member, which may lie about how many they are."""
    if member.flag_bits & 1:
        _refuse(path, f"{_MEMBER} in it is encrypted")
    if member.compress_type not in _KINDS:
        _refuse(path, f"{_MEMBER} in it is packed in a way that Keras does not use")
    if member.file_size > LARGEST:
        _too_large(path, member.file_size)
    data = b""
    with archive.open(member) as inside:
        while part := inside.read(_PART):
            data += part
            if len(data) > LARGEST:
                _too_large(path, len(data))
    return data


def _too_large(path: str, size: int) -> NoReturn:
    _refuse(path, f"its configuration has {size:,} bytes or more, and {LARGEST:,} are read")


def parsed(data: bytes, path: str) -> dict[str, Any]:
    """The configuration in a text.

    Raises ConvertError for what is no JSON object, or nested without end.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _PARTS:
        _refuse(path, f"its configuration holds more than {_PARTS:,} values")
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_constant)
        if isinstance(found, str):  # json.dump(model.to_json(), file) writes a text within a text
            found = json.loads(found, parse_constant=_constant)
    except RecursionError:
        _refuse(path, "its configuration is nested without end")
    except ValueError as error:
        _refuse(path, f"its configuration is no JSON: {str(error)[:200]}")
    if not isinstance(found, dict) or not isinstance(found.get("class_name"), str):
        _refuse(path, "a model's configuration has a class_name, and this one has none", _SAVE)
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _refuse(path: str, why: str, fix: str = "") -> NoReturn:
    raise ConvertError(Problem(f"{quote(path)} is no Keras model that can be read", (why,), fix))
