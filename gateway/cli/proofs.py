"""`gateway agreements gaps|matrix|asymmetry|laundering`: what can be proved of the agreements."""

import json
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway import definition_files
from gateway.cli import options, proof_facts, proof_matrix, proof_words
from gateway.cli.printing import SHANGHAI
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.law.asymmetry import asymmetries
from gateway.law.gaps import gaps as look_for_gaps
from gateway.law.grid import midnight
from gateway.law.laundering import SILENT
from gateway.law.laundering import laundering as look_for_laundering
from gateway.law.matrix import matrix as look_at_pairs

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Loaded:
    """The definitions under a folder, and as the line reads them."""

    definitions: Definitions
    book: Book


def _day(_context: click.Context, _option: click.Parameter, value: str | None) -> int:
    """Midnight in Shanghai; today, if no day is given."""
    day = datetime.now(SHANGHAI).date().isoformat() if value is None else value
    at = midnight(day)
    if at is None or date.fromisoformat(day).isoformat() != day:
        raise click.BadParameter(f'"{day}" is not a day like 2026-11-02.')
    return at


def _shared(command: Command) -> Command:
    """Options of all four."""
    command = options.definitions_root(command)
    command = click.option("--json", "as_json", is_flag=True, help="Facts for programs, as one JSON text.")(
        command
    )
    return click.option("--type", "only", metavar="TYPE", help="One licence type.")(command)


_on = click.option("--on", "at", metavar="DAY", callback=_day, help="The day looked at; left out, today.")


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_shared
def gaps(first: str, second: str, only: str | None, as_json: bool, root: Path | None) -> None:
    """Find questions between A and B that no rule, or two contrary rules, speak on.

    Every licence type, item, place and period that the rules tell apart is looked at, both directions, each
    finding with an example to paste into the agreement. Ends with 1 if two rules contradict each other, or
    if the conditions of a rule never hold.
    """
    loaded = _loaded(root, (first, second), only)
    found = [
        look_for_gaps(loaded.definitions, loaded.book, asking, issuing, only)
        for asking, issuing in ((first, second), (second, first))
    ]
    _tell(
        as_json,
        lambda: [proof_facts.gaps(one, loaded.book) for one in found],
        lambda: "\n\n".join(proof_words.gaps(one, loaded.definitions, loaded.book) for one in found),
    )
    if any(one.contradictions or one.never for one in found):
        sys.exit(1)


@click.command()
@_on
@_shared
def matrix(at: int, only: str | None, as_json: bool, root: Path | None) -> None:
    """Print who accepts what from whom, on one day."""
    loaded = _loaded(root, (), only)
    found = look_at_pairs(loaded.definitions, loaded.book, at, only)
    _tell(
        as_json,
        lambda: proof_facts.matrix(found),
        lambda: proof_matrix.matrix(found, loaded.definitions, only),
    )


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_on
@_shared
def asymmetry(first: str, second: str, at: int, only: str | None, as_json: bool, root: Path | None) -> None:
    """List what A accepts from B and B does not accept from A, and the other way round."""
    loaded = _loaded(root, (first, second), only)
    found = {
        pair: asymmetries(loaded.definitions, *pair, at, only) for pair in ((first, second), (second, first))
    }
    _tell(
        as_json,
        lambda: [proof_facts.asymmetry(pair, one) for pair, own in found.items() for one in own],
        lambda: "\n\n".join(
            proof_words.asymmetry(pair, own, at, loaded.definitions) for pair, own in found.items()
        ),
    )


@click.command()
@click.option("--silent", is_flag=True, help="List also where the region is only silent on an item.")
@_on
@_shared
def laundering(silent: bool, at: int, only: str | None, as_json: bool, root: Path | None) -> None:
    """Find licences that are refused directly and accepted by way of a third region."""
    loaded = _loaded(root, (), only)
    found = look_for_laundering(loaded.definitions, loaded.book, at, only)
    shown = found if silent else tuple(path for path in found if path.grade != SILENT)
    _tell(
        as_json,
        lambda: [proof_facts.path(path) for path in shown],
        lambda: proof_words.laundering(found, shown, at, loaded.definitions),
    )


def _loaded(root: Path | None, regions: tuple[str, ...], only: str | None) -> Loaded:
    definitions = definition_files.load(options.settings(root=root).definitions_root)
    for name in regions:
        _known("region", name, list(map(str, definitions.regions)))
    if len(set(regions)) < len(regions):
        raise click.UsageError(f"{regions[0]} has no agreement with itself; name two regions.")
    if only is not None:
        _known("licence type", only, list(map(str, definitions.licence_types)))
    return Loaded(definitions, Book(definitions, slots=1))


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(names))}"
        raise click.UsageError(f'there is no {what} "{name}" ({hint}).')


def _tell(as_json: bool, facts: Callable[[], Any], words: Callable[[], str]) -> None:
    if as_json:
        click.echo(json.dumps(facts(), ensure_ascii=False, indent=2))
    else:
        click.echo(words())
