"""Hostile definition files: what is done to good ones that both regions signed, and what refuses them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import signed

SMALL: Final = Path(__file__).parents[1] / "unit" / "definition_files" / "small"
AGREEMENT: Final = "regions/agreements/north--south.yaml"
SIGNATURES: Final = "regions/agreements/north--south.signatures.yaml"
NUMBER: Final = "regions/definitions.yaml"
NORTH: Final = "regions/north/region.yaml"
TEN_MILLION: Final = 10_000_000


@dataclass(frozen=True)
class DefinitionCase:
    """One change of the files and the words that refuse it. words: in the first finding that matters."""

    number: int
    input: str
    words: str
    spoil: Callable[[Path], None]

    def __str__(self) -> str:
        return f"{self.number:02} {self.input}"


def signed_folder(folder: Path) -> Path:
    """A small world whose agreement is signed by both regions and in force: definitions 7."""
    shutil.copytree(SMALL, folder, dirs_exist_ok=True)
    signed.give_keys(folder)
    signed.sign(folder, AGREEMENT, "north", "south")
    return folder


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text, f"{path} has no {old!r}"
    (root / path).write_text(text.replace(old, new, 1), "utf-8")


def edited(*edits: tuple[str, str, str], number: int = 8) -> Callable[[Path], None]:
    """Make these edits, under another number."""

    def spoil(root: Path) -> None:
        for change in edits:
            edit(root, *change)
        edit(root, NUMBER, "number: 7", f"number: {number}")

    return spoil


def endless(root: Path) -> None:
    with (root / AGREEMENT).open("a") as file:
        file.write("rows:\n" + "- a\n" * TEN_MILLION)


def cut_short(root: Path) -> None:
    content = (root / AGREEMENT).read_bytes()
    (root / AGREEMENT).write_bytes(content[: content.index(b"[", len(content) // 3) + 1])


def half_empty(root: Path) -> None:
    shutil.rmtree(root / "topics")


def gone(root: Path) -> None:
    shutil.rmtree(root)


SIGNED_BEFORE: Final = "the agreement was changed after north signed it"
WHY: Final = "why: "
CODE: Final = 'why: !!python/object/apply:os.system ["true"]\n    x: '
DEEP: Final = "why: " + "[" * 10_000 + "\n    x: "
CALLS: Final = "when: [\"__import__('os').system('true') == 0\"]\n    why: "
SLOW: Final = "when: ['request.item.matches(\"(a+)+$\")']\n    why: "

# fmt: off
DEFINITIONS: Final = (
    DefinitionCase(35, "definitions: an agreement signed with a key that was revoked",
                   'key "north-2026" of north was revoked on 2026-03-03',
                   edited((NORTH, "revoked_on: null", 'revoked_on: "2026-03-03"'))),
    DefinitionCase(36, "definitions: a signature over another text", SIGNED_BEFORE,
                   edited((AGREEMENT, "daily_cap: 400", "daily_cap: 40000"))),
    DefinitionCase(36, "definitions: the day of a signature moved",
                   "the signature is not one over this text",
                   edited((SIGNATURES, 'signed_on: "2026-03-02"', 'signed_on: "2026-03-09"'))),
    DefinitionCase(36, "definitions: algorithm `none`", 'algorithm "none" is not one of ed25519, sm2-sm3',
                   edited((SIGNATURES, "algorithm: ed25519", "algorithm: none"))),
    DefinitionCase(36, "definitions: an unknown key id", 'key "mallory" is not in keys of',
                   edited((SIGNATURES, "key: north-2026", "key: mallory"))),
    DefinitionCase(36, "definitions: one region's signature given out as both", "north signed already",
                   edited((SIGNATURES, "region: south", "region: north"))),
    DefinitionCase(40, "definitions of an older number", "number: 6 does not rise above 7", edited(number=6)),
    DefinitionCase(40, "others under the number that runs", "number: 7 does not rise above 7",
                   edited((NORTH, "chinese: 北", "chinese: 北方"), number=7)),
    DefinitionCase(40, "an agreement of 10 million rows", "at most 1048576 are read", endless),
    DefinitionCase(40, "cut short in the middle of a file", "the file is not YAML 1.2", cut_short),
    DefinitionCase(40, "half of the folders are gone", "the file is missing", half_empty),
    DefinitionCase(40, "all of them are gone", "there are no definitions here", gone),
    DefinitionCase(40, "code in a rule: a tag that makes objects", "is a tag; write the value without it",
                   edited((AGREEMENT, WHY, CODE))),
    DefinitionCase(40, "code in a condition", '"__import__" is not declared',
                   edited((AGREEMENT, WHY, CALLS))),
    DefinitionCase(40, "a slow pattern in a condition", "matches may fail or take long",
                   edited((AGREEMENT, WHY, SLOW))),
    DefinitionCase(40, "values nested 10 000 deep", "nested more than 16 deep",
                   edited((AGREEMENT, WHY, DEEP))),
)
# fmt: on
