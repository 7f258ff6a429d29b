"""`gateway run` and `gateway demo`: starting things."""

import signal
import sys
import threading
from types import FrameType

import click

from gateway import app
from gateway.app import cluster, logs
from gateway.cli import options
from gateway.settings import Registry

LOOK_SECONDS = 1.0


@click.group(invoke_without_command=True)
@click.option("--embedded", is_flag=True, help="Hold a broker in memory; for trying and developing only.")
@options.bootstrap
@click.pass_context
def run(context: click.Context, embedded: bool, bootstrap: str | None) -> None:
    """Run the exchange and the projections until Ctrl-C or SIGTERM."""
    context.obj = options.settings(bootstrap)
    if context.invoked_subcommand is not None:
        return
    logs.log_plainly("gateway")
    found = options.settings(bootstrap)
    with cluster.running(found.model_copy(update={"embedded": embedded or found.embedded})) as running:
        click.echo(f"broker       {running.settings.kafka.bootstrap}")
        click.echo(
            f"metrics      http://{running.settings.metrics.host}:{running.settings.metrics.port}/metrics"
        )
        web = running.settings.projections
        click.echo(f"cases, pairs http://{web.web_host}:{web.web_port}/pairs  /cases/<id>  /regions  /readyz")
        stopping = _stop_signals()
        while not stopping.wait(LOOK_SECONDS):
            running.supervisor.look()


@run.command()
@click.option("--process", default=0, show_default=True, help="Which one on this machine, from 0.")
@click.pass_context
def exchange(context: click.Context, process: int) -> None:
    """One exchange process alone."""
    logs.log_plainly(f"exchange-{process}")
    app.run_exchange(context.obj, process)


@run.command()
@click.pass_context
def projections(context: click.Context) -> None:
    """One projections worker alone."""
    logs.log_plainly("projections")
    app.run_projections(context.obj)


@click.command()
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    help="How long the provinces exchange.",
)
@click.option("--stay", is_flag=True, help="Keep running until Ctrl-C, and print where to look.")
@click.option("--plain", is_flag=True, help="Plain lines, as where there is no terminal.")
@click.option("--anyway", is_flag=True, help="Publish into outboxes that hold records already.")
@options.bootstrap
def demo(seconds: float, stay: bool, plain: bool, anyway: bool, bootstrap: str | None) -> None:
    """Watch the provinces exchange, on the embedded broker or, with --bootstrap, on real Kafka.

    It publishes invented events as every region, hostile ones too: on Kafka only into empty outboxes,
    unless told otherwise. Ends with 0 only if every published event has exactly one ledger entry.
    """
    from gateway.demo import run as show  # brings the client and rich along

    settings = options.settings(bootstrap, embedded=bootstrap is None, registry=Registry())
    used = app.used_outboxes(settings) if bootstrap is not None and not anyway else ()
    if used:
        raise click.ClickException(
            f"{used[0]} at {bootstrap} holds records already; the demo would publish invented events there, "
            "hostile ones too. Give it a cluster of its own, or say --anyway."
        )
    sys.exit(show(settings, None if stay else seconds, stay, plain or not sys.stdout.isatty()))


def _stop_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping
