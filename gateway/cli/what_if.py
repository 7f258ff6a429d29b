"""`gateway what-if`: what coming rules would change, told by what was decided."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from gateway import broker, definition_files, metrics
from gateway.app import recorded, schemas
from gateway.cli import options
from gateway.cli.printing import SHANGHAI
from gateway.cli.terms import Terms
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.law.grid import day_of
from gateway.law.what_if import Flip, Recorded, Tally, counted, next_change
from gateway.ledger import LEDGER
from gateway.settings import Settings

PROGRESS_EVERY = 20_000

_HELP = """Judge what was decided a second time, under coming definitions, and tell what flips.

\b
COMING is the folder of the coming definitions; left out, the running ones with the rules that are still
to begin. Decisions come from Kafka, or from a sample that --save wrote (it holds nothing personal):
  gateway what-if --on 2027-01-01               all decisions of the ledger, as if on that day
  gateway what-if NEW_FOLDER --save SAMPLE      the same, and keep them as a sample
  gateway what-if NEW_FOLDER --sample SAMPLE    without Kafka
  gateway what-if --follow                      shadow: go on, and count flips as they happen

Only what rules say is compared; caps, repeats and states of cases are left out.
"""


@click.command("what-if", help=_HELP)
@click.argument("coming", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--on", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="The day all of it arrives.")
@click.option("--sample", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A sample file.")
@click.option("--save", type=click.File("w", encoding="utf-8"), help="Keep what is judged as a sample.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--metrics-port", type=int, help="With --follow: serve gateway_shadow_* at this port.")
@click.option("--json", "as_json", is_flag=True, help="Facts for programs, as one JSON text.")
@options.definitions_root
@options.bootstrap
def what_if(
    coming: Path | None,
    on: datetime | None,
    sample: Path | None,
    save: TextIO | None,
    follow: bool,
    metrics_port: int | None,
    as_json: bool,
    root: Path | None,
    bootstrap: str | None,
) -> None:
    """Judge what was decided a second time, under coming definitions."""
    settings = options.settings(bootstrap, root)
    if sample is not None and (follow or save is not None):
        raise click.UsageError("a sample is judged as it is: leave out --follow and --save.")
    definitions = definition_files.load(coming or settings.definitions_root)
    book = Book(definitions, slots=1)  # rules ask no slot
    at = _day(on, book)
    tally, shadow = Tally(), metrics.ShadowMetrics()
    if metrics_port is not None:
        metrics.serve(shadow, "127.0.0.1", metrics_port)
    decisions = _in_sample(sample) if sample is not None else _in_kafka(settings, follow)
    try:
        for one in decisions:
            if save is not None:
                save.write(recorded.line_of(one) + "\n")
            flip = tally.take(one, book, at)
            _count(shadow, flip)
            if follow and flip is not None:
                click.echo(_flip(flip.kind, flip.recorded.position, flip.recorded.rule, flip.rule))
    except KeyboardInterrupt:
        pass
    _tell(tally, definitions, at, as_json)


def _count(shadow: metrics.ShadowMetrics, flip: Flip | None) -> None:
    shadow.judged += 1
    if flip is not None:
        asking, issuing, _, _, was, would_be = flip.kind
        labels = asking, issuing, was, would_be
        shadow.flips[labels] = shadow.flips.get(labels, 0) + 1


def _day(on: datetime | None, book: Book) -> int | None:
    """Midnight of the day in Shanghai; left out, when the last of the coming rules begins."""
    if on is not None:
        return int(on.replace(tzinfo=SHANGHAI).timestamp() * 1000)
    return next_change(book, time.time_ns() // 1_000_000)


def _in_sample(path: Path) -> Iterator[Recorded]:
    try:
        yield from recorded.in_file(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _in_kafka(settings: Settings, follow: bool) -> Iterator[Recorded]:
    """All decisions of the ledger; progress goes to a terminal."""
    running = definition_files.load(settings.definitions_root)
    book = Book(running, 1, schemas.ids(settings, running, schemas.connect(settings)))
    topics = [LEDGER, *(region.outbox for region in running.regions.values())]
    joining, seen, begun = recorded.Joining(book), 0, time.monotonic()
    for batch in broker.stream(settings.kafka.librdkafka(), topics, follow):
        yield from joining.take(batch)
        if sys.stderr.isatty() and seen // PROGRESS_EVERY != (seen + len(batch)) // PROGRESS_EVERY:
            rate = (seen + len(batch)) / (time.monotonic() - begun)
            click.echo(f"\r\033[K{seen + len(batch):,} records read, {rate:,.0f}/s", nl=False, err=True)
        seen += len(batch)
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def _tell(tally: Tally, definitions: Definitions, at: int | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_facts(tally, definitions, at), ensure_ascii=False, indent=2))
        return
    judged, flips = tally.requests + tally.answers, sum(tally.flips.values())
    day = "the days they arrived" if at is None else day_of(at)
    click.echo(
        f"{judged:,} decisions ({tally.requests:,} requests, {tally.answers:,} answers), judged again under "
        f"definitions {definitions.number} as of {day}:"
    )
    click.echo(
        f"{judged - flips - tally.not_told:,} stay, {flips:,} flip, {tally.not_told:,} cannot be told "
        "without the values"
    )
    terms = Terms(definitions)
    for count, flip in counted(tally):
        asking, issuing, item, licence_type, was, would_be = flip.kind
        about = f"{asking} → {issuing}, {item}, {terms.licence_type(licence_type)}"
        click.echo(f"\n{count:,} × {was} → {would_be}  {about}")
        rules = f"{flip.recorded.rule or 'no rule'} → {flip.rule or 'no rule'}"
        click.echo(f"    {flip.recorded.position}: {rules}")


def _flip(kind: tuple[str, ...], position: str, was: str, would_be: str) -> str:
    asking, issuing, item, licence_type, before, after = kind
    return (
        f"{position}  {asking} → {issuing}  {item}  {licence_type}  {before} → {after}  "
        f"{was or 'no rule'} → {would_be or 'no rule'}"
    )


def _facts(tally: Tally, definitions: Definitions, at: int | None) -> dict[str, Any]:
    keys = ("asking", "issuing", "item", "licence_type", "was", "would_be")
    return {
        "definitions": definitions.number,
        "as_of": None if at is None else day_of(at),
        "requests": tally.requests,
        "answers": tally.answers,
        "cannot_be_told": tally.not_told,
        "flips": [
            {
                **dict(zip(keys, flip.kind, strict=True)),
                "count": count,
                "example": flip.recorded.position,
                "was_by": flip.recorded.rule,
                "would_be_by": flip.rule,
            }
            for count, flip in counted(tally)
        ],
    }
