"""docs/agreements.md shows what `gateway agreements keygen|sign|verify` print, from a key to a changed file.

Run as `python -m tests.signing_document` it writes them again. Keys and days are new at each run: what is
compared is everything else.
"""

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from gateway.cli import cli

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENT: Final = ROOT / "docs" / "agreements.md"
AGREEMENT: Final = "regions/agreements/jiangsu--zhejiang.yaml"
SECTION: Final = r"(<!-- shown: {name} -->\n\n```\n).*?(```\n\n<!-- /shown -->)"
NEW_EACH_TIME: Final = (r"[A-Za-z0-9+/]{40,}={0,2}", r"\d{4}-\d{2}-\d{2}", r"\b[0-9a-f]{12}\b")

STEPS: Final = {
    "keygen": ("agreements keygen ../zhejiang.pem --id zhejiang-2026",),
    "sign": (
        f"agreements sign {AGREEMENT} --as zhejiang --key ../zhejiang.pem",
        f"agreements sign {AGREEMENT} --as jiangsu --key ../jiangsu.pem",
    ),
    "verify": (f"agreements verify {AGREEMENT}",),
    "changed": (f"agreements verify {AGREEMENT}",),
}


def current(text: str) -> str:
    """The document with what the commands print now."""
    with tempfile.TemporaryDirectory() as folder, _in(_copy(Path(folder))):
        for name, commands in STEPS.items():
            if name == "changed":
                _edit(AGREEMENT, "daily_cap: 60000", "daily_cap: 90000")
            shown = "".join(f"$ gateway {command}\n{_said(command)}" for command in commands)
            if name == "keygen":
                _add_keys(shown)
            place = re.compile(SECTION.format(name=name), re.DOTALL)
            assert place.search(text), f"{DOCUMENT.name} has no place for {name}"
            text = place.sub(lambda found, shown=shown: found[1] + shown + found[2], text)  # type: ignore[misc]
    return text


def lasting(text: str) -> str:
    """The text without what is new at each run."""
    for pattern in NEW_EACH_TIME:
        text = re.sub(pattern, "…", text)
    return text


def _copy(folder: Path) -> Path:
    root = folder / "definitions"
    for name in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / name, root / name)
    return root


def _add_keys(shown: str) -> None:
    """Zhejiang's key as it was shown, and another one for Jiangsu, which signs with SM2."""
    _edit("regions/definitions.yaml", "signatures: none", "signatures: required")
    jiangsu = _said("agreements keygen ../jiangsu.pem --id jiangsu-2026 --algorithm sm2-sm3")
    for region, printed in (("zhejiang", shown), ("jiangsu", jiangsu)):
        with Path(f"regions/{region}/region.yaml").open("a") as file:
            file.write("keys:\n" + "".join(re.findall(r"^  .*\n", printed, re.MULTILINE)))


def _edit(path: str, old: str, new: str) -> None:
    file = Path(path)
    text = file.read_text("utf-8")
    assert old in text, f"{path} has no {old!r}"
    file.write_text(text.replace(old, new, 1), "utf-8")


def _said(command: str) -> str:
    return CliRunner().invoke(cli, shlex.split(command), catch_exceptions=False).output


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    DOCUMENT.write_text(current(DOCUMENT.read_text("utf-8")), "utf-8")
