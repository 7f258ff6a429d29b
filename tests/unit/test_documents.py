"""What docs/ print from code is what the code prints."""

import pytest

from gateway.app import documents
from tests.world import ROOT


def test_generated_tables_are_current() -> None:
    for path in sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text()
        assert documents.current(text) == text, f"{path.name} is stale: run `make generate`"


@pytest.mark.parametrize("name", documents.TABLES)
def test_every_table_stands_in_a_document(name: str) -> None:
    texts = [path.read_text() for path in (ROOT / "docs").rglob("*.md")]
    assert any(f"<!-- generated:{name} -->" in text for text in texts)


def test_a_stale_table_is_found() -> None:
    stale = "<!-- generated:metrics -->\nold words\n<!-- /generated -->"
    assert documents.current(stale) != stale
