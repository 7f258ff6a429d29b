"""A page as plain text, in one language; changes stand as [-struck-] and {+put in+}."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from gateway.law.card import PUT_IN, SAME, STRUCK, Block, Line, Marked, Page, outcome
from gateway.law.card_html import article_number
from gateway.law.words import CHINESE

_MARKS: Final = {SAME: "{}", STRUCK: "[-{}-]", PUT_IN: "{{+{}+}}"}
_STATUS: Final = {"same": " ", "changed": "~", "put in": "+", "struck": "-"}
_WIDTH: Final = 100
_LABEL: Final = 26


def text(page: Page, language: int) -> str:
    """The whole page."""
    return "\n".join(_lines(page, language)) + "\n"


def _lines(page: Page, language: int) -> Iterator[str]:
    yield _words(page.title[language])
    yield from _clauses(page.head, language)
    number = 0
    for section in page.sections:
        yield ""
        yield f"── {section.title[language]} ──"
        for block in section.blocks:
            number += 1
            yield from _article(block, number, language, page.is_change)
    if page.examples:
        yield ""
        yield "── 示例 ──" if language == CHINESE else "── Examples ──"
    for example in page.examples:
        yield f"  {example.line:>4}  {example.name}: {outcome(example)[language]}"


def _article(block: Block, number: int, language: int, is_change: bool) -> Iterator[str]:
    mark = f"{_STATUS[block.status]} " if is_change else ""
    yield ""
    yield f"{mark}{article_number(number)[language]}  {block.name}  ({block.place})"
    yield from _wrapped(_words(block.sentence[language]), "  ")
    yield from _clauses(block.lines, language)


def _clauses(lines: tuple[Line, ...], language: int) -> Iterator[str]:
    for line in lines:
        label = line.label[language]
        width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in label)
        rest = _wrapped(_words(line.text[language]), " " * (_LABEL + 2)) or [""]
        if width < _LABEL:
            yield f"  {label}{' ' * (_LABEL - width)}{rest.pop(0).strip()}"
        else:
            yield f"  {label}"
        yield from rest


def _wrapped(words: str, indent: str, width: int = _WIDTH) -> list[str]:
    return wrap(words, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _words(marked: Marked) -> str:
    return "".join(_MARKS[mark].format(piece) for mark, piece in marked)
