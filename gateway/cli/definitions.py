"""`gateway check` and `gateway topics`: the definition files, and the brokers beside them."""

import sys
import time
from pathlib import Path

import click

from gateway import broker, definition_files
from gateway.app import checking, suggestions
from gateway.app.checking import Checked
from gateway.cli import options, reports
from gateway.settings import Settings


@click.command()
@options.definitions_root
@click.option("--json", "form", flag_value="json", help="One JSON object for programs.")
@click.option("--sarif", "form", flag_value="sarif", help="SARIF 2.1.0 for editors and CI.")
@click.option(
    "--mutants/--no-mutants", default=None, help="Change rules and see if an example notices, or do not."
)
@click.option("--suggest", is_flag=True, help="Print examples that the agreements lack, to paste.")
def check(root: Path | None, form: str | None, mutants: bool | None, suggest: bool) -> None:
    """Check topics/, avro/ and regions/ and run every example of the agreements.

    All findings are told at once, each with file:line:column, its code (docs/findings.md) and what to do.
    If there are none, every rule is changed in every way to see whether an example of its agreement would
    notice (docs/agreements.md); less than 90 % is a finding. Ends with 1 if there are any findings.
    """
    started = time.monotonic()
    folder = options.settings(root=root).definitions_root
    checked = checking.check(folder, mutants=True if suggest else mutants)
    if suggest:
        _suggest(checked)
        return
    seconds = time.monotonic() - started
    if form == "json":
        click.echo(reports.as_json(checked, seconds))
    elif form == "sarif":
        click.echo(reports.as_sarif(checked, folder))
    else:
        for line in reports.lines(checked):
            click.echo(line)
        click.echo(reports.summary(checked, seconds), err=bool(checked.findings))
    if checked.findings:
        sys.exit(1)


def _suggest(checked: Checked) -> None:
    """Print what is missing, agreement by agreement; findings if the files must be mended first."""
    if checked.thoroughness is None or checked.definitions is None:
        for line in reports.lines(checked):
            click.echo(line)
        sys.exit(1)
    definitions = checked.definitions.with_proposals()
    pairs = zip(checked.thoroughness.scores, definitions.agreements, strict=True)
    for score, agreement in pairs:
        offered = suggestions.missing(score, agreement, definitions)
        click.echo(f"# {score.path}: {score.noticed} of {score.mutants} changes are noticed")
        for suggestion in offered:
            click.echo(suggestions.written(suggestion))


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
