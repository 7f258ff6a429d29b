"""What definition files say beside the rules, for people: words for codes, titles, reasons, dates agreed."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.definitions import Agreement

Words = Mapping[str, Mapping[str, tuple[str, str]]]
"""By kind of code ("item", "purpose" ...), then by code: the English and the Chinese word."""


@dataclass(frozen=True)
class RuleText:
    """What a rule says of itself. why, one_sided: sentences; agreed_on: "2026-11-02", if it names a day."""

    why: str
    one_sided: str | None
    agreed_on: str | None


@dataclass(frozen=True)
class ExampleText:
    """An example of an agreement in short.

    outcome: what becomes of it, or of its answer where it has one (answers); recognised: of that answer.
    """

    name: str
    line: int
    outcome: str
    reason: str | None
    recognised: str | None
    answers: bool = False


@dataclass(frozen=True)
class AgreementText:
    """An agreement with its words. path: of its file; texts: of its rules, by id and version."""

    path: str
    english: str
    chinese: str
    basis: str
    agreed_on: str | None
    agreement: Agreement
    texts: Mapping[tuple[str, int], RuleText]
    examples: tuple[ExampleText, ...]
