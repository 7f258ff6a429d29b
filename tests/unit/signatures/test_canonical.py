"""One text, however the file was written."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.definition_files.reading import read
from gateway.signatures import NotCanonical, canonical, digest

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def text_of(yaml: str) -> bytes:
    document, findings = read("a.yaml", yaml.encode())
    assert document is not None
    assert not findings
    return canonical(document.value)


def test_comments_order_quotes_and_layout_do_not_matter() -> None:
    one = 'version: 3\nregions: [jiangsu, zhejiang]  # both\ntitle: {chinese: "协议", english: A}\nto: null\n'
    other = "# b\nto:\ntitle:\n english: 'A'\n chinese: 协议\nregions:\n- jiangsu\n- zhejiang\nversion: 0x3\n"
    expected = (
        '{"regions":["jiangsu","zhejiang"],"title":{"chinese":"协议","english":"A"},"to":null,"version":3}'
    )
    assert text_of(one) == text_of(other) == expected.encode()


@pytest.mark.parametrize(
    "change",
    ['version: "3"', "version: 4", "version: true", "Version: 3", "version: [3]", "version: 3\na: null"],
)
def test_each_other_value_is_another_text(change: str) -> None:
    assert text_of(change) != text_of("version: 3")


@given(VALUES, VALUES)
def test_two_values_have_one_text_only_if_they_are_equal(one: object, other: object) -> None:
    assert (canonical(one) == canonical(other)) == (_typed(one) == _typed(other))


def _typed(value: object) -> object:
    """`True == 1` in Python, but not in an agreement."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_typed, value))
    return type(value), value


@pytest.mark.parametrize("value", [2**53, float("nan"), "\ud800"])
def test_what_has_no_canonical_text_is_said(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical({"a": (value,)})


def test_digest_is_sha_256() -> None:
    assert digest(b"{}") == hashlib.sha256(b"{}").hexdigest()
