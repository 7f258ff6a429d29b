"""What docs/wire.md shows of forms is what stands in the files, and what is said of two slips in them."""

import re

from gateway.definition_files import folders, loading
from tests.world import ROOT

TEXT = (ROOT / "docs" / "wire.md").read_text("utf-8")
MISTYPED = ("{local: clrq, common: established_date", "{local: clrq, common: estblished_date")
DOUBLED = ('{local: "03", common: CANCELLED}', '{local: "03", common: EXPIRED}')
SWAPPED = ('{local: "02", common: EXPIRED}', '{local: "02", common: CANCELLED}'), DOUBLED


def test_tables_and_cases_shown_are_those_of_the_files() -> None:
    files = [path.read_text("utf-8") for path in (ROOT / "regions").glob("*/forms.yaml")]
    shown = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    assert len(shown) == 2
    assert all(any(block in file for file in files) for block in shown)


def test_findings_shown_are_those_of_the_check() -> None:
    path = "regions/anhui/forms.yaml"
    files = dict(folders.snapshot(ROOT))
    for slips in ((MISTYPED, DOUBLED), SWAPPED):
        text = files[path].decode()
        for old, new in slips:
            assert text.count(old) == 1
            text = text.replace(old, new)
        said = [str(finding) for finding in loading.inspect({**files, path: text.encode()})[1]]
        assert "```\n" + "\n".join(said) + "\n```" in TEXT
