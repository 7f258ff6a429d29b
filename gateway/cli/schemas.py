"""`gateway schemas`: the released contracts, and the schema registry beside them."""

import sys
from typing import TYPE_CHECKING

import click

from gateway import definition_files
from gateway.app import schemas as app_schemas
from gateway.cli import options
from gateway.settings import SettingsError

if TYPE_CHECKING:
    from gateway import registry  # its HTTP client takes a quarter of a second: only where it is used


@click.group()
def schemas() -> None:
    """Schemas as released in avro/ and as registered at GATEWAY_REGISTRY__URL."""


@schemas.command()
def plan() -> None:
    """Print what the registry lacks and what differs; change nothing. Ends with 1 if there is any."""
    _, changes = _changes()
    _print(changes)
    if changes:
        sys.exit(1)


@schemas.command()
def apply() -> None:
    """Register missing schemas under their record names and ask for BACKWARD compatibility.

    What differs stays: nothing that is registered is altered or deleted.
    """
    from gateway import registry

    there, changes = _changes()
    _print(changes)
    registry.apply(there, changes)


def _changes() -> "tuple[registry.SchemaRegistry, tuple[registry.Change, ...]]":
    from gateway import registry

    settings = options.settings()
    there = app_schemas.connect(settings)
    if there is None:
        raise SettingsError(("GATEWAY_REGISTRY__URL is not set: schema ids come from the files alone.",))
    contracts = definition_files.load(settings.definitions_root).contracts
    return there, registry.plan(contracts, registry.found(there, contracts))


def _print(changes: "tuple[registry.Change, ...]") -> None:
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("The registry holds what avro/ releases.")
