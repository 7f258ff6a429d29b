"""What docs/onboarding.md shows of `gateway check` is what it prints for the files it adds.

`python -m tests.definitions.test_onboarding` writes it again; `make generate` does.
"""

import re
import shutil
import tempfile
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "onboarding.md"
NEW_REGION = ROOT / "tests" / "definitions" / "fujian"
MISTAKES = {
    "regions/fujian/region.yaml": ("issues: [business-licence", "issues: [busines-licence"),
    "regions/agreements/fujian--zhejiang.yaml": (
        "fields: [unified_code, name]",
        "fields: [unified_code, nam]",
    ),
}
SOUND = (
    r"(definitions 2 \(\w{12}\)): no findings\n(.*), [\d.]+ s\n"
    r"(mutation score .*)\n(\d+ boundary questions.*); [\d.]+ s for both\n"
)
TOO_LOW_A_CAP = ("daily_cap: 12000", "daily_cap: 1000")


def with_the_new_region(root: Path) -> None:
    """The four steps of the document, done in a folder of its own."""
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(NEW_REGION, root, dirs_exist_ok=True)
    numbered = root / "regions" / "definitions.yaml"
    numbered.write_text(re.sub(r"^number: \d+", "number: 2", numbered.read_text("utf-8"), flags=re.MULTILINE))


def with_mistakes(root: Path) -> None:
    for path, (right, wrong) in MISTAKES.items():
        text = (root / path).read_text("utf-8")
        assert right in text
        (root / path).write_text(text.replace(right, wrong, 1).replace(*TOO_LOW_A_CAP, 1))


def checked(root: Path) -> str:
    return CliRunner().invoke(cli, ["check", "--definitions", str(root)]).output


def current(text: str, folder: Path) -> str:
    """The document with what `gateway check` says now; how long it took stays as it was."""
    with_the_new_region(folder)
    said = re.fullmatch(SOUND, checked(folder))
    assert said is not None, checked(folder)
    text = re.sub(r"definitions 2 \(\w{12}\)", said[1], text)
    text = re.sub(r"^\d+ regions, .* topics(?=, )", said[2], text, flags=re.MULTILINE)
    text = re.sub(r"^mutation score .*", said[3], text, flags=re.MULTILINE)
    text = re.sub(r"^\d+ boundary questions.*(?=; )", said[4], text, flags=re.MULTILINE)
    with_mistakes(folder)
    told, counted = re.fullmatch(r"((?:regions/.*\n|    .*\n)+)(.*), [\d.]+ s\n", checked(folder)).groups()
    assert told.count("regions/") >= len(MISTAKES) + 1
    text = re.sub(r"^\d+ findings.*(?=, [\d.]+ s$)", lambda _: counted, text, flags=re.MULTILINE)
    shown = r"(?<=^\$ gateway check\n)(?:regions/.*\n|    .*\n)+"
    return re.sub(shown, lambda _: told, text, flags=re.MULTILINE)


def test_the_document_shows_what_check_prints(tmp_path: Path) -> None:
    text = DOCUMENT.read_text("utf-8")
    assert current(text, tmp_path) == text, "stale: run `make generate`"


def test_a_stale_document_is_found(tmp_path: Path) -> None:
    stale = (
        "definitions 2 (000000000000)\n1 regions, 0 topics, 1.4 s\n$ gateway check\nregions/x.yaml:1:1: no.\n"
    )
    assert not set(stale.splitlines()[:2]) & set(current(stale, tmp_path).splitlines())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        DOCUMENT.write_text(current(DOCUMENT.read_text("utf-8"), Path(folder)), "utf-8")
