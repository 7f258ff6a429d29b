"""What the documents name exists: commands with their options, paths, settings, metrics, links."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from gateway import metrics, settings
from gateway.projections.measures import Measures
from tests.commands import fault_of

ROOT = Path(__file__).resolve().parents[2]
NEW_REGION = ROOT / "tests" / "definitions" / "fujian"
"""The files that docs/onboarding.md adds."""
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?gateway (.+)$")
FOLDERS = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
PATH = re.compile(rf"^(?:{FOLDERS})/[^\s:]*|^[A-Z][A-Za-z]*file$|^[\w-]+\.(?:md|toml|yml)$")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def spans(text: str) -> list[str]:
    """What stands between backticks, fenced blocks aside."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def lines_of_code(text: str) -> list[str]:
    return [line for _, block in FENCE.findall(text) for line in block.splitlines()]


@documents
def test_commands_exist_with_their_options(document: Path) -> None:
    text = document.read_text("utf-8")
    for line in lines_of_code(text) + spans(text):
        if found := COMMAND.match(line):
            assert fault_of(shlex.split(found[1], comments=True)) is None, line


@documents
def test_targets_of_make_and_modules_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in lines_of_code(text) + spans(text):
        if found := re.match(r"(?:\$ )?make ([a-z-]+)", line):
            assert found[1] in targets, line
        if found := re.search(r"python -m (gateway[\w.]*)", line):
            assert find_spec(found[1]) is not None, line


@documents
def test_paths_exist(document: Path) -> None:
    missing = [span for span in spans(document.read_text("utf-8")) if PATH.match(span) and not exists(span)]
    assert missing == []


def exists(path: str) -> bool:
    """Whether the repository has such a path; `<name>` and `…` stand for any name."""
    wanted = re.sub(r"<[^>]*>|…", "*", path).rstrip("/")
    folders = (ROOT, ROOT / "docs", NEW_REGION)
    return any(any(folder.glob(wanted)) for folder in folders)


@documents
def test_settings_and_metrics_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    variables = [name for name, _ in settings.variables()]
    for name in re.findall(r"\bGATEWAY_[A-Z][A-Z_]*", text):
        begins = name.endswith("_") and any(variable.startswith(name) for variable in variables)
        assert name in variables or begins or name.startswith(settings.FOR_TESTS), name
    known = {name for name, *_ in metrics.CATALOGUE} | set(
        re.findall(r"^# TYPE (\S+)", Measures().exposition().decode(), re.MULTILINE)
    )
    known |= {f"{family.name}_total" for family in metrics.ShadowMetrics().collect()}
    assert set(re.findall(r"\bgateway_[a-z_]+\b", text)) <= known


@documents
def test_links_resolve(document: Path) -> None:
    text = FENCE.sub("", document.read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if "://" not in link:
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def anchors(document: Path) -> set[str]:
    """The anchors a reader's page gives to the titles of a document."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@documents
def test_nothing_of_the_writers_machine_is_named(document: Path) -> None:
    text = document.read_text("utf-8")
    assert re.findall(r"(?:^|[\s`(\"'=])/(?:work|home|root|tmp|Users|opt)/\S*", text, re.MULTILINE) == []


def test_yaml_shown_for_a_new_province_is_that_of_its_files() -> None:
    text = (ROOT / "docs" / "onboarding.md").read_text("utf-8")
    files = [path.read_text("utf-8") for path in NEW_REGION.rglob("*.yaml")]
    shown = [block for language, block in FENCE.findall(text) if language == "yaml"]
    assert shown
    assert all(any(block in file for file in files) for block in shown)


def test_every_decision_has_its_parts_and_one_page() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = path.read_text("utf-8")
        number = int(path.name[:4])
        assert text.startswith(f"# {number}. "), path.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS, path.name
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(set(numbers)) == len(numbers)


PARTS = ["Context", "Decision", "Consequences", "Rejected"]
