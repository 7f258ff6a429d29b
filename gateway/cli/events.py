"""`gateway publish`, `inbox`, `receipts` and `case`: events, one at a time, without writing code.

What is printed is masked: personal fields show as dots, whoever asks.
"""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from gateway import broker, client, definition_files
from gateway.app import schemas
from gateway.cli import options, printing
from gateway.cli.written_events import read_event
from gateway.definitions import Definitions, RegionName
from gateway.errors import BrokerFault
from gateway.settings import Settings

ASK_SECONDS = 5.0


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "region", required=True, metavar="REGION", help="The region whose outbox it goes to.")
@click.option(
    "--contract", help='The contract, where the file does not name it: {"contract": …, "record": …}.'
)
@options.bootstrap
def publish(file: Path, region: str, contract: str | None, bootstrap: str | None) -> None:
    """Publish one event from a JSON FILE; what it leaves out of id, case, time and salt is filled in."""
    settings = options.settings(bootstrap)
    definitions = definition_files.load(settings.definitions_root)
    division = _region_division(definitions, region)
    try:
        theirs = [one for one in definitions.contracts if one.writers == "regions"]
        name, fields = read_event(file, contract, theirs)
        published = asyncio.run(_publish(settings, region, division, name, fields))
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}. Nothing was published.") from error
    click.echo(f"{published.topic}[{published.partition}]@{published.offset}")
    click.echo(f"case  {published.case_id}\nevent {published.event_id}")


async def _publish(
    settings: Settings, region: str, division: str, contract: str, fields: dict[str, Any]
) -> client.Published:
    event = client.event_of(contract, fields)
    async with client.Client(
        region,
        division=division,
        kafka=settings.kafka.librdkafka(),
        registry=settings.registry.url,
        registry_user=settings.registry.user(),
    ) as platform:
        return await platform.publish(event)


def _region_division(definitions: Definitions, name: str) -> str:
    regions = definitions.regions
    region = regions.get(RegionName(name))
    if region is None:
        raise click.ClickException(f'region "{name}" is not defined (defined: {", ".join(sorted(regions))})')
    return region.division


def _look(kind: str, region: str, last: int, follow: bool, bootstrap: str | None) -> None:
    settings = options.settings(bootstrap)
    definitions = definition_files.load(settings.definitions_root)
    _region_division(definitions, region)
    ids = schemas.ids(settings, definitions, schemas.connect(settings)) or {}
    printer = printing.Printer({**definitions.by_schema_id, **ids})
    for record in broker.records(settings.kafka.librdkafka(), f"{region}.{kind}", last, follow):
        click.echo(printer.lines(record))


@click.command()
@click.argument("region")
@click.option(
    "--last",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many of each partition to look back.",
)
@click.option("--follow", "-f", is_flag=True, help="Wait for more until Ctrl-C.")
@options.bootstrap
def inbox(region: str, last: int, follow: bool, bootstrap: str | None) -> None:
    """Show what was delivered to REGION; acknowledges nothing."""
    _look("inbox", region, last, follow, bootstrap)


@click.command()
@click.argument("region")
@click.option(
    "--last",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many of each partition to look back.",
)
@click.option("--follow", "-f", is_flag=True, help="Wait for more until Ctrl-C.")
@options.bootstrap
def receipts(region: str, last: int, follow: bool, bootstrap: str | None) -> None:
    """Show what the gateway told REGION about its own events."""
    _look("receipts", region, last, follow, bootstrap)


@click.command()
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True, help="As the web view gives it.")
def case(case_id: str, as_json: bool) -> None:
    """Show a case: its state, who must act next, open requests and the timeline."""
    web = options.settings().projections
    address = f"http://{web.web_host}:{web.web_port}/cases/{case_id}"
    try:
        with urllib.request.urlopen(address, timeout=ASK_SECONDS) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        raise click.ClickException(_refusal(error, case_id)) from error
    except OSError as error:
        raise BrokerFault(
            f"{address} does not answer; is `gateway run` running, and are GATEWAY_PROJECTIONS__WEB_HOST and "
            "…__WEB_PORT right?"
        ) from error
    if as_json:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2)
        click.echo()
    else:
        click.echo(printing.case_lines(found))


def _refusal(error: urllib.error.HTTPError, case_id: str) -> str:
    try:
        return str(json.load(error).get("error", error.reason))
    except ValueError:
        return f"{case_id}: {error.reason}"
