"""`gateway demo`: a whole gateway on this machine and simulated provinces around it, to be watched.

Starts broker, exchange and projections, lets the provinces exchange for a while, lets the gateway
finish, and says whether every published event has exactly one ledger entry and came out as it had to.
"""

import asyncio
import logging
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Final

from rich.console import Console
from rich.text import Text

from gateway.app import cluster
from gateway.app.cluster import Cluster
from gateway.client import Deliveries, Delivery
from gateway.codec import DECODERS, SCHEMA_IDS, LedgerEntry
from gateway.definitions import Region
from gateway.demo import parts, summary
from gateway.demo.acknowledging import Acknowledging
from gateway.demo.board import Board
from gateway.demo.occasions import Scene, now
from gateway.demo.own_words import Platform
from gateway.demo.parts import PartEnded
from gateway.demo.province import Province
from gateway.demo.tally import Tally
from gateway.errors import BrokerFault
from gateway.ledger import ENTRY, LEDGER
from gateway.messages import FRAME_BYTES
from gateway.settings import Settings

EVENTS_PER_SECOND: Final = 200.0
MOST_EVENTS: Final = 6_000
"""In a run that ends: the embedded broker keeps 5 MB of each of its 4 partitions of a topic."""
STAY_EVENTS_PER_SECOND: Final = 15.0
TICK_SECONDS: Final = 0.01
SHOW_SECONDS: Final = 0.5
READY_SECONDS: Final = 90.0
DRAIN_SECONDS: Final = 60.0
INTERRUPTED_DRAIN_SECONDS: Final = 5.0
PROJECTIONS_SECONDS: Final = 60.0
PLAIN_WIDTH: Final = 120
SEED: Final = 36904

_LEDGER_VERSIONS: Final = {
    schema_id: version for (name, version), schema_id in SCHEMA_IDS.items() if name == ENTRY
}


def run(settings: Settings, seconds: float | None, stay: bool, plain: bool) -> int:
    """Show the gateway at work; the exit code is 0 only if everything came out as it had to.

    seconds: how long the provinces exchange. stay: until Ctrl-C, whatever `seconds` says.
    plain: lines of text in place of a live table.
    Raises `DefinitionError`, and `BrokerFault` where the broker cannot be reached at all.
    """
    console = Console(width=PLAIN_WIDTH, color_system=None) if plain else Console(highlight=False)
    started = time.monotonic()
    console.print("starting the broker, the exchange and the projections")
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    own = parts.with_free_ports(settings.model_copy(update={"data_dir": folder / "data"}), usual=stay)
    code = 1
    try:
        with (
            _logging_to(folder / "demo.log"),
            cluster.running(own, apply_topics=True, log_dir=folder) as running,
        ):
            board = Board(console, running.definitions.regions.values(), started, plain)
            code = asyncio.run(Demo(running, console, board, folder, None if stay else seconds).run())
    except ExceptionGroup as faults:
        _tell(console, faults)
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = 128 + signal.SIGINT
    finally:
        if code == 1:
            console.print(Text(f"what the processes wrote is kept in {folder}"), soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


def _tell(console: Console, faults: ExceptionGroup[Exception]) -> None:
    """Tell what of the surroundings or of the gateway's processes failed; anything else is a bug here."""
    _, bugs = faults.split((PartEnded, BrokerFault))
    if bugs is not None:
        raise bugs
    fault: Exception = faults
    while isinstance(fault, ExceptionGroup):
        fault = fault.exceptions[0]
    console.print(Text(f"the demo stopped: {fault}", "bold red"))
    if isinstance(fault, PartEnded):
        console.print(Text(fault.tail), soft_wrap=True)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """What this process logs goes to a file: the terminal belongs to the board."""
    root = logging.getLogger()
    handler = logging.FileHandler(path)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class Demo:
    """One run. folder: where the processes of the gateway write. seconds: None until Ctrl-C."""

    def __init__(
        self, running: Cluster, console: Console, board: Board, folder: Path, seconds: float | None
    ) -> None:
        self._running = running
        self._settings = running.settings
        self._console = console
        self._board = board
        self._folder = folder
        self._seconds = seconds
        self._tally = Tally()
        self._scene = Scene(running.definitions, Random(SEED), now())  # noqa: S311  it simulates
        self._stopping = asyncio.Event()
        self._interrupted = False
        self._phase = ""
        self._began = 0.0

    async def run(self) -> int:
        """Start, exchange, finish, sum up. Raises a group of `PartEnded` and `BrokerFault`."""
        this = asyncio.current_task()
        assert this is not None
        _on_signals(this.cancel)  # until there is something to sum up
        try:
            counts = await self._together()
        finally:
            self._board.close()
        summary.show(self._console, self._tally, counts)
        return int(any(check.differences for check in self._tally.checks()))

    async def _together(self) -> dict[str, dict[str, int]] | None:
        """Everything that goes on at the same time; returns the projections' count of cases."""
        async with AsyncExitStack() as platforms, asyncio.TaskGroup() as watchers:
            ledger = Deliveries(self._settings.kafka.librdkafka(), LEDGER, "demo-ledger")
            platforms.push_async_callback(ledger.close)
            async with asyncio.TaskGroup() as deeds:
                provinces = [
                    await self._join(region, platforms, deeds)
                    for region in self._running.definitions.regions.values()
                ]
                readers = [self._read_ledger(ledger), *(province.read() for province in provinces)]
                works = (self._watch(), self._show(), self._tell_ready(), *readers)
                watching = [watchers.create_task(work) for work in works]
                await self._start()
                await self._exchange(provinces)
            counts = await self._finish()
            self._board.show(self._elapsed(), self._phase)
            for task in watching:
                task.cancel()
        return counts

    async def _join(self, region: Region, platforms: AsyncExitStack, deeds: asyncio.TaskGroup) -> Province:
        kafka = self._settings.kafka.librdkafka()
        platform = Platform(region, self._scene.definitions.forms.get(region.name), kafka)
        await platforms.enter_async_context(platform)
        return Province(region, self._scene, platform, self._tally, deeds, self._stopping)

    async def _start(self) -> None:
        kind = "in memory, it ends with the demo" if self._settings.embedded else "Kafka"
        self._board.step(f"broker {self._settings.kafka.bootstrap} ({kind})")
        try:
            async with asyncio.timeout(READY_SECONDS):
                held = await parts.slots_held(self._settings)
        except TimeoutError as late:
            words = f"the exchange held no slot within {READY_SECONDS:.0f} s"
            raise PartEnded(words, self._folder / "exchange-0.log") from late
        self._board.step(f"exchange holds {held} slots")

    async def _exchange(self, provinces: list[Province]) -> None:
        """Let the provinces begin as many things as keep the pace; what answers them follows by itself."""
        pace = STAY_EVENTS_PER_SECOND
        if self._seconds is not None:
            pace = min(EVENTS_PER_SECOND, MOST_EVENTS / self._seconds)
        agreements = len(self._running.definitions.agreements)
        self._board.step(
            f"{len(provinces)} provinces exchange under {agreements} agreements, {pace:.0f} events/s"
        )
        self._board.open(self._tally)
        _on_signals(self._interrupt)
        self._began = time.monotonic()
        while not self._stopping.is_set() and (self._seconds is None or self._elapsed() < self._seconds):
            if self._tally.published <= pace * self._elapsed():
                self._scene.random.choice(provinces).begin()
            whole = "" if self._seconds is None else f" of {self._seconds:.0f} s"
            self._phase = f"{self._elapsed():.0f} s{whole}"
            await asyncio.sleep(TICK_SECONDS)
        self._stopping.set()

    async def _finish(self) -> dict[str, dict[str, int]] | None:
        """Let the gateway decide and deliver what is under way; then ask the projections for the cases."""
        patience = INTERRUPTED_DRAIN_SECONDS if self._interrupted else DRAIN_SECONDS
        until = time.monotonic() + patience
        while (under_way := len(self._tally.under_way())) and time.monotonic() < until:
            self._phase = f"finishing: {under_way} records under way"
            await asyncio.sleep(SHOW_SECONDS / 5)
        if self._interrupted:
            self._tally.forget_under_way()
        self._phase = "all decided; the projections read up to the end"
        try:
            async with asyncio.timeout(1 if self._interrupted else PROJECTIONS_SECONDS):
                return await parts.case_counts(self._settings, self._tally.last.values())
        except TimeoutError:
            return None
        finally:
            self._phase = "finished"

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _interrupt(self) -> None:
        """Ctrl-C reaches the processes of the gateway too: what is under way may stay so."""
        self._interrupted = True
        self._stopping.set()

    # What goes on beside the exchange.

    async def _watch(self) -> None:
        while not self._interrupted:
            parts.check(self._running, self._folder)
            await asyncio.sleep(parts.LOOK_SECONDS)

    async def _show(self) -> None:
        while True:
            if self._phase:
                self._board.show(self._elapsed(), self._phase)
            await asyncio.sleep(SHOW_SECONDS)

    async def _read_ledger(self, ledger: Deliveries) -> None:
        read = Acknowledging()
        async for delivery in ledger:
            self._tally.decide(delivery.partition, _entry(delivery))
            await read.add(delivery)

    async def _tell_ready(self) -> None:
        await parts.projections_ready(self._settings)
        self._board.step("projections are level with the ledger")
        if self._seconds is None:
            region = min(self._scene.book.regions)
            summary.where_to_look(self._console, self._settings, region, await self._application())

    async def _application(self) -> str:
        """A case to look at, as soon as there is one."""
        while not self._tally.application:
            await asyncio.sleep(SHOW_SECONDS)
        return self._tally.application


def _on_signals(act: Callable[[], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, act)


def _entry(delivery: Delivery) -> LedgerEntry:
    value = delivery.value or b""
    version = _LEDGER_VERSIONS[int.from_bytes(value[1:FRAME_BYTES], "big")]
    entry = DECODERS[ENTRY, version](value[FRAME_BYTES:])
    assert isinstance(entry, LedgerEntry)
    return entry
