"""`gateway --version`: which code runs."""

import platform
from pathlib import Path

import click

from gateway import __version__


def show(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the versions and end, if `--version` was given."""
    if wanted and not context.resilient_parsing:
        click.echo(line())
        context.exit()


def line() -> str:
    """Our version, how the core runs, and what it stands on."""
    from gateway import broker, pipeline  # not for every `gateway --help`

    interpreted = Path(pipeline.__file__).suffix == ".py"
    core = "plain Python" if interpreted else "compiled by mypyc"
    return (
        f"gateway {__version__} (core: {core}), "
        f"Python {platform.python_version()}, librdkafka {broker.librdkafka_version()}"
    )
