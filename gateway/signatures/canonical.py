"""The one text of a value: RFC 8785 (JCS), so that two regions sign the same bytes whatever they typed."""

import hashlib

import rfc8785


class NotCanonical(Exception):
    """The value has no canonical text; the message says why."""


def canonical(value: object) -> bytes:
    """Mappings, lists, texts, whole numbers, true, false and null as their canonical JSON in UTF-8.

    Raises `NotCanonical`: for numbers beyond 2^53 and for half characters.
    """
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # tuples are taken as lists
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def digest(text: bytes) -> str:
    """SHA-256 of a canonical text, as signatures name it."""
    return hashlib.sha256(text).hexdigest()
