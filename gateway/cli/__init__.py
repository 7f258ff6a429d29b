"""The command line: `gateway --help` is the place to start."""

import sys
import traceback

import click

from gateway.app.supervisor import REFUSES_TO_START
from gateway.cli import version
from gateway.cli.agreements import agreements
from gateway.cli.definitions import check, topics
from gateway.cli.events import case, inbox, publish, receipts
from gateway.cli.explaining import explain
from gateway.cli.reproducing import reproduce
from gateway.cli.running import demo, run
from gateway.cli.schemas import schemas
from gateway.cli.what_if import what_if
from gateway.errors import BrokerFault, CoreFault, DefinitionError
from gateway.settings import SettingsError

WRONG_FILES = REFUSES_TO_START
WRONG_SURROUNDINGS = 3
OUR_BUG = 70

WELCOME = """Exchange of e-licence verifications (电子证照核验) and cross-region applications (跨省通办).

\b
First steps:
  gateway demo          four provinces exchange for 30 s, nothing to install
  gateway check         are topics/, avro/ and regions/ right?
  gateway topics plan   what a Kafka cluster lacks
  gateway run           the exchange and the projections

Settings come from the environment: GATEWAY_KAFKA__BOOTSTRAP=HOST:PORT and so on.
"""


@click.group(help=WELCOME, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=version.show,
    help="Which code runs.",
)
def cli() -> None:
    """Nothing happens here; each command is a function of its own."""


EVENTS = (publish, inbox, receipts, case, explain, reproduce)
for command in (demo, check, agreements, what_if, topics, schemas, run, *EVENTS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; every expected fault is told in a sentence and has its exit code."""
    try:
        cli()
    except DefinitionError as fault:
        count = len(fault.findings)
        _tell(f"{fault}\n{count} finding{'s' * (count != 1)} in the definitions; nothing was started.")
        sys.exit(WRONG_FILES)
    except SettingsError as fault:
        _tell(str(fault))
        sys.exit(WRONG_FILES)
    except BrokerFault as fault:
        _tell(str(fault))  # it names what failed: brokers, registry, web view
        sys.exit(WRONG_SURROUNDINGS)
    except CoreFault as fault:
        traceback.print_exc()
        _tell(str(fault))
        sys.exit(OUR_BUG)


def _tell(words: str) -> None:
    click.echo(words, err=True)
