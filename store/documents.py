"""JSON and text as they come in and as PostgreSQL can hold them; records of a source are kept packed."""

import json
import math
import threading
from collections.abc import Mapping
from typing import Any

import orjson
import zstandard
from sqlalchemy import Dialect, LargeBinary, TypeDecorator

LEVEL = 3
"""Of compression: a record of four kilobytes becomes one."""


def read_document(body: bytes) -> Any:
    """What a JSON text says. The quick reader is stricter than sources are, so what it refuses is read again by the standard one.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        return json.loads(body)


def clean_text(value: str) -> str:
    """Text as PostgreSQL can hold it."""
    if value.isascii() and "\x00" not in value:
        return value
    value = value.replace("\x00", "")  # PostgreSQL text cannot hold NUL; titles of pull requests contain it
    return value.encode("utf-8", "replace").decode("utf-8")  # nor half of a surrogate pair, which JSON can spell


def document_text(value: Any) -> str:
    """JSON as jsonb can hold it: no NUL, no half surrogate pairs, no NaN or infinity."""
    try:
        document = orjson.dumps(value)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits, a key that is no text, too deep
        document = None
    if document is None or b"\\u0000" in document:
        return json.dumps(_clean_document(value), ensure_ascii=False, separators=(",", ":"))
    return document.decode()


def _clean_document(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {_clean_document(key): _clean_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_document(item) for item in value]
    return value


def canonical(value: Any) -> bytes:
    """The JSON text of a value, the same for equal values whatever the order of their members.

    Raises:
        RecursionError: it is nested too deeply.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # as in `document_text`
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


class _Codec(threading.local):
    """A compressor serves one thread."""

    def __init__(self) -> None:
        self.packer, self.unpacker = zstandard.ZstdCompressor(level=LEVEL), zstandard.ZstdDecompressor()


_codec = _Codec()


def pack(value: Any) -> bytes:
    """A document, or its canonical text, in the form of a packed column."""
    return _codec.packer.compress(value if isinstance(value, bytes) else canonical(value))


def unpack(packed: bytes) -> Any:
    """The document in a packed column."""
    return read_document(_codec.unpacker.decompress(packed))


class Packed(TypeDecorator[Any]):
    """A column that keeps JSON word for word and compressed, for documents that no question looks into."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        """Pack what is written."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        """Unpack what is read."""
        return None if value is None else unpack(value)
