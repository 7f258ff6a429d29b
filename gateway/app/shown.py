"""What `gateway agreements card` prints of a shipped agreement, for the documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway import definition_files
from gateway.law.card import page
from gateway.law.card_text import text
from gateway.law.words import ENGLISH, Vocabulary

ROOT: Final = Path()
CARD: Final = ("jiangsu", "shanghai")
ARTICLES: Final = 2


def card_as_text() -> str:
    """The first articles of an agreement, as text."""
    texts = definition_files.load_texts(ROOT)
    agreement = next(one for one in texts.agreements if tuple(one.agreement.regions) == CARD)
    lines = text(page(agreement, Vocabulary(texts.words)), ENGLISH).splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith(f"Article {ARTICLES + 1} "))
    return _fenced(f"gateway agreements card {' '.join(CARD)} --text", [*lines[:end], "…"])


def _fenced(command: str, lines: list[str]) -> str:
    return "\n".join(["```console", f"$ {command}", *lines, "```"])


SHOWN: Final[dict[str, Callable[[], str]]] = {
    "card": card_as_text,
}
