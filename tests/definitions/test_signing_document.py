"""What docs/agreements.md shows of signing is what the commands print."""

from tests.signing_document import DOCUMENT, current, lasting


def test_the_document_shows_what_signing_prints() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert lasting(current(text)) == lasting(text), "stale: run `python -m tests.signing_document`"
    assert lasting(text.replace("has not signed", "signed")) != lasting(text)
