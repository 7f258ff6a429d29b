"""Options that several commands share, and the settings they change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway import settings as settings_files
from gateway.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def bootstrap(command: Command) -> Command:
    """`--bootstrap HOST:PORT`: another broker than the settings name."""
    return click.option(
        "--bootstrap", metavar="HOST:PORT", help="Kafka, in place of GATEWAY_KAFKA__BOOTSTRAP."
    )(command)


def definitions_root(command: Command) -> Command:
    """`--definitions DIR`: where topics/, avro/ and regions/ lie."""
    return click.option(
        "--definitions",
        "root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The folder that holds topics/, avro/ and regions/.",
    )(command)


def settings(bootstrap: str | None = None, root: Path | None = None, **changed: Any) -> Settings:
    """The settings of the environment, with what the command line says instead. Raises `SettingsError`."""
    found = settings_files.load(**({} if bootstrap is None else {"kafka": {"bootstrap": bootstrap}}))
    if root is not None:
        changed["definitions_root"] = root
    return found.model_copy(update=changed)
