"""`gateway explain`: why an event is recognised or not, by which rule, and what would be."""

import itertools
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from gateway import broker, client
from gateway.app import explaining, schemas
from gateway.app.explaining import Desk, Unexplained
from gateway.cli import options
from gateway.cli.printing import POSITION, SHANGHAI
from gateway.cli.terms import hanging
from gateway.cli.written_events import read_event
from gateway.client.records import complete
from gateway.codec import LedgerEntry, decode_ledger_entry_v1
from gateway.definition_files import Example
from gateway.definitions import RecognitionRule
from gateway.definitions.book import Book
from gateway.law.explanation_steps import Explanation
from gateway.law.words import CHINESE, ENGLISH
from gateway.law.words_explanation import COLUMN
from gateway.ledger import LEDGER
from gateway.messages import FRAME_BYTES
from gateway.settings import Settings

_EXAMPLE: Final = re.compile(r"(.+\.yaml)(?::([0-9]+))?")
CLOCKS_APART_MS: Final = 60_000
"""The ledger and an outbox may be kept by two brokers, whose clocks differ."""
READ_AT_MOST: Final = 100_000

Tell = Callable[[int], list[str]]
"""The explanation in one language."""


_HELP: Final = """Say why EVENT is recognised or not: the rules, every check, and what would be recognised.

\b
EVENT is one of
  FILE.json                  an event as `gateway publish` takes it
  FILE.yaml:LINE             the example of an agreement that stands at that line
  TOPIC[PARTITION]@OFFSET    a record in Kafka; what the ledger says of it is told beside

Nothing personal is shown: of a value only its class, such as given, missing, equal or earlier.
"""


@click.command(help=_HELP)
@click.argument("event")
@click.option("--chinese", "languages", flag_value="chinese", help="In Chinese.")
@click.option("--both", "languages", flag_value="both", help="In English, then in Chinese.")
@click.option(
    "--rule", metavar="ID@VERSION", help="The rule that granted the request, for an answer in a file."
)
@click.option("--as", "sender", metavar="REGION", help="The region that sends it, where a file does not say.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day it arrives; left out, when it was made.",
)
@options.definitions_root
@options.bootstrap
def explain(
    event: str,
    languages: str | None,
    rule: str | None,
    sender: str | None,
    on: datetime | None,
    root: Path | None,
    bootstrap: str | None,
) -> None:
    """Say why an event is recognised or not."""
    settings = options.settings(bootstrap, root)
    wanted = {None: (ENGLISH,), "chinese": (CHINESE,), "both": (ENGLISH, CHINESE)}[languages]
    tell = _source(event, settings, rule, sender, on)
    told = ("\n".join(hanging(line, COLUMN) for line in tell(language)) for language in wanted)
    click.echo("\n\n".join(told))


def _source(
    event: str, settings: Settings, rule: str | None, sender: str | None, on: datetime | None
) -> Tell:
    if place := POSITION.fullmatch(event):
        return _in_kafka(settings, place[1], int(place[2]), int(place[3]), rule)
    path, line = event, None
    if found := _EXAMPLE.fullmatch(event):
        path, line = found[1], found[2]
    if not Path(path).is_file():
        raise click.ClickException(f"{event} is no file, and no position such as zhejiang.outbox[3]@88123.")
    desk = explaining.desk(settings.definitions_root)
    if path.endswith(".yaml"):
        return _of(
            desk, explaining.of_example(desk.book, _example(desk, settings.definitions_root, path, line))
        )
    return _in_file(desk, Path(path), rule, sender, on)


def _of(desk: Desk, explanation: Explanation) -> Tell:
    return lambda language: desk.lines(explanation, language)


# ── an example of an agreement ───────────────────────────────────────────────────────────────────


def _example(desk: Desk, root: Path, path: str, line: str | None) -> Example:
    """The example that stands at a line: the last that begins there or before."""
    name = Path(path).resolve()
    here = [one for one in desk.examples if (root / one.entry.document.path).resolve() == name]
    if not here:
        raise click.ClickException(f"{path} is no agreement of these definitions, or has no examples.")
    if line is None:
        known = "\n".join(f"  {path}:{one.entry.line}  {one.name}" for one in here)
        raise click.ClickException(f"name one of its examples by its line:\n{known}")
    before = [one for one in here if one.entry.line <= int(line)]
    if not before:
        raise click.ClickException(f"no example stands at line {line}; the first is at {here[0].entry.line}.")
    return before[-1]


# ── a file ───────────────────────────────────────────────────────────────────────────────────────


def _in_file(desk: Desk, path: Path, rule: str | None, sender: str | None, on: datetime | None) -> Tell:
    try:
        contract, fields = read_event(
            path, None, [one for one in desk.book.contracts.values() if one.kind == "event"]
        )
        event = client.event_of(contract, fields)
        complete(event, _sender(desk, event.source, sender), "000000")
        value = client.pack(event)
    except ValueError as error:
        raise click.ClickException(f"{path}: {error}") from error
    arrived_at = event.made_at if on is None else int(on.replace(tzinfo=SHANGHAI).timestamp() * 1000)
    return _explained(desk, value, arrived_at or time.time_ns() // 1_000_000, _pinned(desk.book, rule))[1]


def _sender(desk: Desk, said: str, named: str | None) -> str:
    """The region an event comes from: the file says, or --as; ValueError if neither or both ways."""
    regions = ", ".join(sorted(desk.book.regions))
    if named is not None and named not in desk.book.regions:
        raise ValueError(f'region "{named}" is not defined (defined: {regions})')
    if named and said and named != said:
        raise ValueError(f'its source is "{said}", and --as says "{named}"; as such it would be wrong-source')
    if not (said or named):
        raise ValueError(f"it has no source; name the region that sends it with --as ({regions})")
    return said or named or ""


def _pinned(book: Book, rule: str | None) -> RecognitionRule | None:
    if rule is None:
        return None
    name, _, version = rule.partition("@")
    found = book.recognition_by_version.get((name, int(version) if version.isdecimal() else 0))
    if found is None:
        raise click.ClickException(f"there is no rule {rule}; write ID@VERSION.")
    return found


def _explained(
    desk: Desk,
    value: bytes | None,
    arrived_at: int,
    pinned: RecognitionRule | None,
    licence_type: str | None = None,
) -> tuple[Explanation | None, Tell]:
    """licence_type: that of the request an answer is about; None where only its rule can tell."""
    if licence_type is None and pinned is not None and len(pinned.licence_types) == 1:
        licence_type = min(pinned.licence_types)
    try:
        event = explaining.event_in(desk.book, value, licence_type or "")
        explanation = explaining.of_event(desk.book, event, arrived_at, pinned)
    except Unexplained as nothing:
        said = nothing.said
        return None, lambda language: [said[language]]
    return explanation, _of(desk, explanation)


# ── a position in Kafka ──────────────────────────────────────────────────────────────────────────


def _in_kafka(settings: Settings, topic: str, partition: int, offset: int, rule: str | None) -> Tell:
    kafka = settings.kafka.librdkafka()
    record = broker.record_at(kafka, topic, partition, offset)
    if record is None:
        raise click.ClickException(f"no record lies at {topic}[{partition}]@{offset} (any more, or yet).")
    desk = explaining.desk(settings.definitions_root)
    _learn(desk, settings)
    entry = _entry(kafka, record)
    pinned = _pinned(desk.book, rule)
    if pinned is None and entry is not None and entry.in_reply_to is not None and entry.rule_id is not None:
        pinned = desk.book.recognition_by_version.get((entry.rule_id, entry.rule_version or 0))
    licence_type = None if entry is None else entry.licence_type
    explanation, tell = _explained(desk, record.value, record.at, pinned, licence_type)

    def told(language: int) -> list[str]:
        if entry is None:
            none = ("The ledger has no entry on it yet.", "台账尚无该消息的记录。")
            return [*tell(language), "", none[language]]
        ledger = explaining.beside_the_ledger(explanation, entry, desk.book, language)
        return [*tell(language), "", *ledger]

    return told


def _learn(desk: Desk, settings: Settings) -> None:
    """Schema ids as a registry gave them, if there is one."""
    ids = schemas.ids(settings, desk.definitions, schemas.connect(settings)) or {}
    for schema_id, contract in ids.items():
        desk.book.learn(schema_id, contract)


def _entry(kafka: Any, record: broker.TopicRecord) -> LedgerEntry | None:
    """The ledger's entry on a record: on the same partition number, not before the record arrived.

    A broker that finds nothing by time (the embedded one) is read from the first entry on.
    """
    by_time = broker.records_from(kafka, LEDGER, record.partition, at=record.at - CLOCKS_APART_MS)
    from_first = broker.records_from(kafka, LEDGER, record.partition, 0)
    for found in itertools.chain(by_time, itertools.islice(from_first, READ_AT_MOST)):
        if found.value is None:
            continue
        entry = decode_ledger_entry_v1(found.value[FRAME_BYTES:])
        if (entry.topic, entry.offset) == (record.topic, record.offset):
            return entry
    return None
