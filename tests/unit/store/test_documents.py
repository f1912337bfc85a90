"""JSON as sources send it, and as PostgreSQL can hold it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import canonical, document_text, pack, read_document, unpack

ODD = [
    '"\\ud800"',
    "NaN",
    "[1e999]",
    "12345678901234567890123456789",
    '{"a\\u0000": "b\\u0000"}',
    "[" * 300 + "]" * 300,
    '{"b": 1, "a": {"d": 2, "c": 3}}',
]
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=()))
anything = st.recursive(
    st.none() | st.booleans() | numbers | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8
)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_json_that_few_libraries_take_can_be_read_and_written(text: str) -> None:
    """Half a surrogate pair, NaN, infinity, huge numbers, NUL and deep nesting occur at real sources."""
    value = read_document(text.encode())
    assert isinstance(canonical(value), bytes)
    assert "\\u0000" not in document_text(value)
    json.loads(document_text(value))


@pytest.mark.parametrize("text", ["", "<html>", '{"cut": ', "[1] [2]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    """A proxy's page or a cut body is no answer."""
    with pytest.raises(ValueError, match=r"."):
        read_document(text.encode())


@given(anything)
def test_whatever_is_packed_comes_back(value: Any) -> None:
    """Word for word, also what PostgreSQL could not hold."""
    assert unpack(pack(value)) == value


def test_equal_records_have_one_text() -> None:
    """The order of members is the source's whim."""
    assert canonical({"b": 1, "a": {"d": 2, "c": "ü"}}) == canonical({"a": {"c": "ü", "d": 2}, "b": 1})
    assert canonical({"s": "\ud800", "a": 1}) == canonical({"a": 1, "s": "\ud800"})
