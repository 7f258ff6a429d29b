"""`gateway reproduce`: a decision of the ledger taken again, byte for byte."""

import sys
from pathlib import Path

import click

from gateway import broker
from gateway.app import reproducing
from gateway.app.reproducing import Again, Lying, Written
from gateway.cli import options
from gateway.cli.printing import POSITION
from gateway.ledger import LEDGER


@click.command()
@click.argument("position", metavar="TOPIC[PARTITION]@OFFSET")
@options.definitions_root
@options.bootstrap
def reproduce(position: str, root: Path | None, bootstrap: str | None) -> None:
    """Take the decision on a record again and hold it against the ledger, byte for byte.

    All decisions of its slot before it are taken again too, from nothing: they make the state it was taken
    in. Ends with 1 if the entry differs, or if a record or the definitions of its number are gone.
    """
    place = POSITION.fullmatch(position)
    if place is None:
        raise click.ClickException(f"{position} is no position such as zhejiang.outbox[3]@88123.")
    settings = options.settings(bootstrap, root)
    kafka = settings.kafka.librdkafka()
    topic, partition, offset = place[1], int(place[2]), int(place[3])
    entries = _until(kafka, topic, partition, offset)
    if not entries or (entries[-1].entry.topic, entries[-1].entry.offset) != (topic, offset):
        raise click.ClickException(f"the ledger has no entry on {position}.")
    slots = broker.slots(broker.connect(kafka))
    books = reproducing.kept_books(settings, slots)
    results = list(reproducing.again(entries, partition, _lying(kafka, entries, partition), books))
    _tell(position, partition, results)
    if not results[-1].same:
        sys.exit(1)


def _until(kafka: dict[str, str], topic: str, partition: int, offset: int) -> list[Written]:
    """The ledger of a slot, from its beginning up to the entry on this record."""
    values = (record.value for record in broker.records_from(kafka, LEDGER, partition, 0))
    entries: list[Written] = []
    for one in reproducing.written(value for value in values if value is not None):
        entries.append(one)
        if (one.entry.topic, one.entry.offset) == (topic, offset):
            break
    return entries


def _lying(kafka: dict[str, str], entries: list[Written], partition: int) -> Lying:
    """The records that the entries are about, read once."""
    last: dict[str, int] = {}
    for one in entries:
        last[one.entry.topic] = max(last.get(one.entry.topic, 0), one.entry.offset)
    found: dict[tuple[str, int], tuple[int, bytes | None]] = {}
    for topic, end in last.items():
        for record in broker.records_from(kafka, topic, partition, at=0):
            found[topic, record.offset] = record.at, record.value
            if record.offset >= end:
                break
    return lambda topic, _partition, offset: found.get((topic, offset))


def _tell(position: str, partition: int, results: list[Again]) -> None:
    last = results[-1]
    entry = last.written.entry
    rule = f" by {entry.rule_id}@{entry.rule_version}" if entry.rule_id else ""
    reason = f" ({entry.reason})" if entry.reason else ""
    place = (
        f"entry {entry.seq}, on {entry.topic}[{partition}]@{entry.offset}, definitions "
        f"{entry.definitions_number}: {entry.outcome}{reason}{rule}"
    )
    if last.value is None:
        click.echo(
            f"{len(results) - 1:,} decisions of slot {partition} taken again are the same; then {place}"
        )
        click.echo(f"✗ it cannot be taken again: {last.why}")
        return
    click.echo(
        f"{len(results):,} decisions of slot {partition} taken again, from their records and nothing else; "
        f"the last is {place}"
    )
    if last.same:
        click.echo(f"✓ the same, byte for byte: sha256 {reproducing.digest(last.value)}")
    else:
        click.echo(f"✗ {position} or a decision before it is another entry when it is taken again")
        click.echo(f"  ledger sha256 {reproducing.digest(last.written.value)}")
        click.echo(f"  again  sha256 {reproducing.digest(last.value)}")
