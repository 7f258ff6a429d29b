"""`gateway check` and `gateway topics`: the definition files, and the brokers beside them."""

import sys
import time
from pathlib import Path

import click

from gateway import broker, definition_files
from gateway.app import examples
from gateway.cli import options
from gateway.definitions import GATEWAY, Definitions, RegionName
from gateway.definitions.book import Book
from gateway.errors import Finding
from gateway.settings import Settings


@click.command()
@options.definitions_root
def check(root: Path | None) -> None:
    """Check topics/, avro/ and regions/ and run every example of the agreements.

    All findings are told at once, each with file:line:column. Ends with 1 if there are any.
    """
    started = time.monotonic()
    folder = options.settings(root=root).definitions_root
    findings = definition_files.findings(folder)
    if not findings:
        findings = failing_examples(folder)
    for finding in findings:
        click.echo(str(finding))
    seconds = time.monotonic() - started
    if findings:
        click.echo(f"{len(findings)} findings, {seconds:.1f} s", err=True)
        sys.exit(1)
    click.echo(_summary(definition_files.load(folder), len(definition_files.load_examples(folder)), seconds))


def failing_examples(folder: Path) -> tuple[Finding, ...]:
    """What the agreements say of themselves and does not hold; of proposals, as if they were in force."""
    definitions = definition_files.load(folder).with_proposals()
    return examples.failing(
        definition_files.load_examples(folder), Book(definitions, slots=wanted_slots(definitions))
    )


def wanted_slots(definitions: Definitions) -> int:
    """The partitions of gateway.outbox as the topics folder wants them."""
    return next(topic.partitions for topic in definitions.topics if topic.name == f"{GATEWAY}.outbox")


def _summary(definitions: Definitions, example_count: int, seconds: float) -> str:
    rules = sum(len(agreement.recognition) + len(agreement.services) for agreement in definitions.agreements)
    return (
        f"definitions {definitions.number} ({definitions.digest[:12]}): no findings\n"
        f"{len(definitions.regions)} regions, {len(definitions.agreements)} agreements, {rules} rules, "
        f"{example_count} examples hold, {len(definitions.contracts)} contract versions, "
        f"{len(definitions.topics)} topics, {seconds:.1f} s{_proposals(definitions)}"
    )


def _proposals(definitions: Definitions) -> str:
    """A line for each agreement that is not in force for want of a signature."""
    lines = (
        f"\n{one.path}: proposal, {_signers(one.signed_by)}; none of its rules is in force"
        for one in definitions.proposals
    )
    return "".join(lines)


def _signers(regions: tuple[RegionName, ...]) -> str:
    return f"signed by {regions[0]} only" if regions else "signed by nobody"


@click.group()
def topics() -> None:
    """Topics as wanted in topics/ and as found on the brokers."""


@topics.command()
@options.bootstrap
def plan(bootstrap: str | None) -> None:
    """Print what the cluster lacks; change nothing. Ends with 1 if anything has to change."""
    changes = _changes(options.settings(bootstrap))
    _print(changes)
    if changes:
        sys.exit(1)


@topics.command()
@options.bootstrap
def apply(bootstrap: str | None) -> None:
    """Create missing topics and correct settings; delete nothing."""
    settings = options.settings(bootstrap)
    changes = _changes(settings)
    _print(changes)
    broker.apply(broker.connect(settings.kafka.librdkafka()), changes)


def _changes(settings: Settings) -> tuple[broker.Change, ...]:
    definitions = definition_files.load(settings.definitions_root)
    wanted = broker.overridden(definitions.topics, settings.replication)
    admin = broker.connect(settings.kafka.librdkafka())
    return broker.plan(wanted, broker.found(admin, [topic.name for topic in wanted]))


def _print(changes: tuple[broker.Change, ...]) -> None:
    for line in broker.lines(changes):
        click.echo(line)
    if not changes:
        click.echo("The cluster is as topics/ wants it.")
