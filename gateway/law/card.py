"""An agreement as a page: its articles in order, or what changed between two versions of it.

A page is made of marked words, so that one model serves the page as it stands and the page with its
changes: what was struck, what was put in, what stayed. How it looks is for `card_html` and `card_text`.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.definitions.texts import AgreementText, ExampleText
from gateway.errors import Reason
from gateway.law.words import Said, Vocabulary, listed
from gateway.law.words_rules import Article, Clause, Drafting, Rule
from gateway.reasons import MEANINGS

SAME: Final = "same"
STRUCK: Final = "struck"
PUT_IN: Final = "put in"
CHANGED: Final = "changed"

Marked = tuple[tuple[str, str], ...]
"""Words in pieces, each with its mark: same, struck or put in."""
MarkedSaid = tuple[Marked, Marked]
"""The same in English and in Chinese."""

NOBODY: Final[Said] = ("nobody yet", "尚未签署")

PROSE: Final = frozenset({"basis", "why", "one-sided"})
"""Clauses that somebody wrote: compared word by word. All others are lists: compared item by item."""

ALIKE: Final = 0.6
"""Sentences less alike than that are told one after the other: word by word they could not be read."""

_WORDS: Final = re.compile(r"[A-Za-z0-9_@:./-]+|\s+|.")
_ITEMS: Final = re.compile(r"(?:[^,;:.、，。；：\s]|(?<=\S) (?=\S)|[,.:](?=\S))+|.")


@dataclass(frozen=True)
class Line:
    """A clause on the page: its label, and its words with their marks."""

    label: Said
    text: MarkedSaid


@dataclass(frozen=True)
class Block:
    """An article on the page. status: same, struck, put in or changed; name: id@version; place: file:line."""

    status: str
    name: str
    place: str
    effect: str
    sentence: MarkedSaid
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Section:
    title: Said
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A whole page. is_change: whether it shows what changed; examples are those of the newer version."""

    title: MarkedSaid
    head: tuple[Line, ...]
    sections: tuple[Section, ...]
    examples: tuple[ExampleText, ...]
    path: str
    is_change: bool


def page(new: AgreementText, vocabulary: Vocabulary, old: AgreementText | None = None) -> Page:
    """The page of an agreement; with an older version, of what changed since."""
    before = old or new
    return Page(
        title=_said((before.english, before.chinese), (new.english, new.chinese)),
        head=tuple(_lines(_head(before, vocabulary), _head(new, vocabulary))),
        sections=tuple(_sections(new, vocabulary, old)),
        examples=new.examples,
        path=new.path,
        is_change=old is not None,
    )


def _head(text: AgreementText, vocabulary: Vocabulary) -> Iterator[Clause]:
    if text.agreed_on is not None:
        yield Clause("agreed", ("Agreed on", "约定日期"), (text.agreed_on, text.agreed_on))
    signers = vocabulary.words("region", text.agreement.signed_by) if text.agreement.signed_by else NOBODY
    yield Clause("signed", ("Signed by", "签署"), signers)
    yield Clause("basis", ("Basis", "依据"), (text.basis, text.basis))


def _sections(new: AgreementText, vocabulary: Vocabulary, old: AgreementText | None) -> Iterator[Section]:
    written, before = _articles(new, vocabulary), [] if old is None else _articles(old, vocabulary)
    first, second = new.agreement.regions
    for one, other in ((first, second), (second, first)):
        blocks = tuple(_blocks(_recognising(written, one), _recognising(before, one), old is not None))
        if blocks:
            yield Section(
                _title(vocabulary, one, other, "{} recognises licences of {}", "{}认可{}证照"), blocks
            )
    blocks = tuple(_blocks(_services(written), _services(before), old is not None))
    if blocks:
        yield Section(
            _title(vocabulary, first, second, "Services between {} and {}", "{}与{}跨省通办"), blocks
        )


def _title(vocabulary: Vocabulary, one: str, other: str, english: str, chinese: str) -> Said:
    names = vocabulary.word("region", one), vocabulary.word("region", other)
    return english.format(names[0][0], names[1][0]), chinese.format(names[0][1], names[1][1])


def _articles(text: AgreementText, vocabulary: Vocabulary) -> list[Article]:
    drafting = Drafting(vocabulary, text.agreement.instruments, text.texts)
    rules: list[Rule] = [*text.agreement.recognition, *text.agreement.services]
    return [drafting.article(rule) for rule in rules]


def _recognising(articles: list[Article], region: str) -> list[Article]:
    return [one for one in articles if getattr(one.rule, "recognising", None) == region]


def _services(articles: list[Article]) -> list[Article]:
    return [one for one in articles if not hasattr(one.rule, "recognising")]


# ── what changed ─────────────────────────────────────────────────────────────────────────────────


def _blocks(new: list[Article], old: list[Article], is_change: bool) -> Iterator[Block]:
    """The new articles, each beside the version it takes the place of; then those that are gone."""
    for article in new:
        yield _block(_earlier(article, old), article) if is_change else _block(article, article)
    kept = {(one.rule.id, one.rule.version) for one in new}
    for article in old:
        if (article.rule.id, article.rule.version) not in kept:
            yield _block(article, None)


def _earlier(article: Article, old: list[Article]) -> Article | None:
    """The same version before, or the newest older one of the same rule."""
    own = [one for one in old if one.rule.id == article.rule.id and one.rule.version <= article.rule.version]
    return max(own, key=lambda one: one.rule.version, default=None)


def _block(old: Article | None, new: Article | None) -> Block:
    shown = new or old
    assert shown is not None
    lines = tuple(_lines(old.clauses if old else (), new.clauses if new else ()))
    sentence = _said(None if old is None else old.sentence, None if new is None else new.sentence)
    marks = {mark for text in (sentence, *(line.text for line in lines)) for side in text for mark, _ in side}
    status = PUT_IN if old is None else STRUCK if new is None else SAME if marks <= {SAME} else CHANGED
    return Block(
        status,
        f"{shown.rule.id}@{shown.rule.version}",
        shown.rule.place,
        getattr(shown.rule, "effect", "service"),
        sentence,
        lines,
    )


def _lines(old: Iterable[Clause], new: Iterable[Clause]) -> Iterator[Line]:
    """Clause beside clause of the same key; a clause that is gone stands where it stood, at the end."""
    before = {clause.key: clause for clause in old}
    for clause in new:
        earlier = before.pop(clause.key, None)
        pieces = _WORDS if clause.key in PROSE else _ITEMS
        yield Line(clause.label, _said(None if earlier is None else earlier.text, clause.text, pieces))
    for clause in before.values():
        yield Line(clause.label, _said(clause.text, None))


def _said(old: Said | None, new: Said | None, pieces: re.Pattern[str] = _ITEMS) -> MarkedSaid:
    english, chinese = (_marked(old and old[side], new and new[side], pieces) for side in (0, 1))
    return english, chinese


def _marked(old: str | None, new: str | None, pieces: re.Pattern[str]) -> Marked:
    if old is None or new is None or old == new:
        mark = PUT_IN if old is None else STRUCK if new is None else SAME
        return ((mark, new or old or ""),)
    first, second = pieces.findall(old), pieces.findall(new)
    marked: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    if pieces is _WORDS and matcher.ratio() < ALIKE:
        return ((STRUCK, old), (PUT_IN, new))
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            marked.append((SAME, "".join(first[a:b])))
            continue
        marked += [(STRUCK, "".join(first[a:b])), (PUT_IN, "".join(second[c:d]))]
    return tuple(piece for piece in marked if piece[1])


def outcome(example: ExampleText) -> Said:
    """What comes of an example, in words."""
    recognised = {
        "yes": ("recognised", "予以认可"),
        "no": ("not recognised", "不予认可"),
        "review": ("left to a clerk", "人工复核"),
    }
    words = [("delivered", "送达") if example.outcome == "delivered" else ("refused", "退回")]
    if example.answers and example.outcome != "delivered":
        words = [("delivered", "送达"), ("its answer refused", "答复退回")]
    if example.reason:
        words.append((example.reason, MEANINGS[Reason(example.reason)].chinese))
    if example.recognised:
        words.append(recognised[example.recognised])
    return listed(words)
