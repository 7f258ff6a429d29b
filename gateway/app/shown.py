"""What `gateway explain` and `gateway agreements card` print of the shipped agreements, for the documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway import definition_files
from gateway.app import explaining
from gateway.law.card import page
from gateway.law.card_text import text
from gateway.law.words import CHINESE, ENGLISH, Vocabulary

ROOT: Final = Path()
REFUSED: Final = "Outside the zone Shanghai asks one field too many"
ANSWERED: Final = "A food permit whose operator differs is not recognised, valid as it is"
CARD: Final = ("jiangsu", "shanghai")
ARTICLES: Final = 2


def explained_refusal() -> str:
    """A refused request, as a clerk reads it."""
    return _explained(REFUSED, ENGLISH, "")


def explained_answer() -> str:
    """An answer that is not recognised, in Chinese."""
    return _explained(ANSWERED, CHINESE, " --chinese")


def _explained(name: str, language: int, option: str) -> str:
    desk = explaining.desk(ROOT)
    example = next(one for one in desk.examples if one.name == name)
    place = f"{example.entry.document.path}:{example.entry.line}"
    lines = desk.lines(explaining.of_example(desk.book, example), language)
    return _fenced(f"gateway explain {place}{option}", lines)


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
    "explained-refusal": explained_refusal,
    "explained-answer": explained_answer,
    "card": card_as_text,
}
