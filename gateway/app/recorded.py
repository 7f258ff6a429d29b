"""What was decided, as `gateway what-if` judges it again: from Kafka, or from a sample file.

In Kafka, a record and its ledger entry are brought together by their position; an answer is judged with
the request it answers. A sample file holds the same without anything personal: one JSON object a line,
names of fields, codes and dates only.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from gateway.app import explaining
from gateway.broker import TopicRecord
from gateway.codec import (
    LedgerEntry,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
    decode_ledger_entry_v1,
)
from gateway.definitions import NO, REVIEW, YES
from gateway.definitions.book import Book
from gateway.law.explanation_asked import Asked, Found
from gateway.law.what_if import BY_RULE, DELIVERED, NOTHING_FOUND, Recorded
from gateway.ledger import LEDGER
from gateway.messages import FRAME_BYTES

CONTRACTS: Final = ("licence-verification-requested", "licence-verification-answered")
Place = tuple[str, int, int]


class Joining:
    """Brings records and their ledger entries together; either may come first."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._records: dict[Place, TopicRecord] = {}
        self._entries: dict[Place, LedgerEntry] = {}
        self._asked: dict[tuple[str, str], Asked] = {}
        self._early: dict[tuple[str, str], list[tuple[TopicRecord, LedgerEntry]]] = {}

    def take(self, batch: Iterable[TopicRecord]) -> Iterator[Recorded]:
        """What can be told with these records more."""
        for record in batch:
            met = self._met(record)
            if met is not None:
                yield from self._told(*met)

    def _met(self, record: TopicRecord) -> tuple[TopicRecord, LedgerEntry] | None:
        """Both, if this is the later of the two; the earlier one is kept."""
        if record.topic == LEDGER and record.value is not None:
            entry = decode_ledger_entry_v1(record.value[FRAME_BYTES:])
            place = entry.topic, record.partition, entry.offset
            published = self._records.pop(place, None)
            if published is None:
                self._entries[place] = entry
            return None if published is None else (published, entry)
        place = record.topic, record.partition, record.offset
        kept = self._entries.pop(place, None)
        if kept is None:
            self._records[place] = record
        return None if kept is None else (record, kept)

    def _told(self, record: TopicRecord, entry: LedgerEntry) -> Iterator[Recorded]:
        if entry.contract not in CONTRACTS or not (entry.reason is None or entry.reason in BY_RULE):
            return
        try:
            event = explaining.event_in(self._book, record.value, entry.licence_type or "")
        except explaining.Unexplained:
            return  # the form its sender has now no longer reads it
        position = f"{record.topic}[{record.partition}]@{record.offset}"
        rule = "" if entry.rule_id is None else f"{entry.rule_id}@{entry.rule_version}"
        if isinstance(event, LicenceVerificationRequested):
            asked = explaining.asked_in(event, entry.arrived_at)
            yield Recorded(position, asked, None, entry.reason or DELIVERED, rule)
            if entry.reason is None:
                key = event.case_id, event.event_id
                self._asked[key] = asked
                for early in self._early.pop(key, ()):
                    yield from self._told(*early)
        elif isinstance(event, LicenceVerificationAnswered) and entry.reason is None:
            key = event.case_id, event.in_reply_to
            request = self._asked.pop(key, None)  # one answer is delivered, no more
            if request is None:
                self._early.setdefault(key, []).append((record, entry))
                return
            yield Recorded(
                position, request, explaining.found_in(event, entry.arrived_at), _said(entry), rule
            )


def _said(entry: LedgerEntry) -> str:
    if entry.licence_state is None:
        return NOTHING_FOUND
    return {True: YES, False: NO, None: REVIEW}[entry.recognised]


# ── sample files ─────────────────────────────────────────────────────────────────────────────────


def line_of(recorded: Recorded) -> str:
    """One line of a sample file: values are left out, names of fields stay."""
    asked = {**asdict(recorded.asked), "claimed": [field for field, _ in recorded.asked.claimed]}
    found: dict[str, Any] | None = None
    if recorded.found is not None:
        found = {**asdict(recorded.found), "returned": [field for field, _ in recorded.found.returned]}
    line = {"position": recorded.position, "said": recorded.said, "rule": recorded.rule, "asked": asked}
    return json.dumps({**line, "found": found}, ensure_ascii=False)


def in_file(path: Path) -> Iterator[Recorded]:
    """The decisions of a sample file. Raises ValueError, with the line, for what is none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _recorded(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number}: this is no line of a sample ({error}).") from error


def _recorded(line: Mapping[str, Any]) -> Recorded:
    asked, found = line["asked"], line["found"]
    return Recorded(
        line["position"],
        Asked(**{**asked, "fields": tuple(asked["fields"]), "claimed": _unseen(asked["claimed"])}),
        None if found is None else Found(**{**_tuples(found), "returned": _unseen(found["returned"])}),
        line["said"],
        line["rule"],
        with_values=False,
    )


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}


def _unseen(fields: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((field, "") for field in fields)
