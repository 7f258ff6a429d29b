"""The gateway's processes as the demo sees them: are they ready, has one ended, what do the views say."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from gateway.app.cluster import Cluster
from gateway.codec import LedgerEntry
from gateway.settings import Settings

LOOK_SECONDS: Final = 0.3
ANSWER_SECONDS: Final = 5.0
TAIL_LINES: Final = 25
SLOT_GAUGE: Final = "gateway_slot_lag_records{"


class PartEnded(Exception):
    """A process of the gateway ended by itself, or was never ready; `tail` is the end of what it wrote."""

    def __init__(self, words: str, log_file: Path) -> None:
        super().__init__(words)
        lines = log_file.read_text(errors="replace").splitlines() if log_file.exists() else []
        self.tail = "\n".join(lines[-TAIL_LINES:])


def with_free_ports(settings: Settings, usual: bool) -> Settings:
    """The same settings with ports that nobody listens on. usual: the ports named there, if they are free."""
    metrics, projections = settings.metrics, settings.projections
    wanted = (metrics.port, projections.web_port) if usual else (0, 0)
    free = _free_port(metrics.host, wanted[0]), _free_port(projections.web_host, wanted[1])
    return settings.model_copy(
        update={
            "metrics": metrics.model_copy(update={"port": free[0]}),
            "projections": projections.model_copy(update={"web_port": free[1]}),
        }
    )


def check(running: Cluster, log_dir: Path) -> None:
    """Raise `PartEnded` if a process has ended. A demo does not start it again: it would hide a fault."""
    running.supervisor.look()
    for child in running.supervisor.children:
        if child.pid is None:
            raise PartEnded(f"{child.name} ended", log_dir / f"{child.name}.log")


async def slots_held(settings: Settings) -> int:
    """Wait until the exchange has taken slots over; how many they are."""
    held = 0
    while not held:
        await asyncio.sleep(LOOK_SECONDS)
        for number in range(settings.exchange.processes):
            page = await _get(settings.metrics.host, settings.metrics.port + number, "/metrics")
            held += page.count(SLOT_GAUGE)
    return held


async def projections_ready(settings: Settings) -> None:
    """Wait until the projections are level with the ledger."""
    while not (await _view(settings, "/readyz")).get("ready"):
        await asyncio.sleep(LOOK_SECONDS)


async def case_counts(settings: Settings, last: Iterable[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Cases by state, once the projections hold the ledger up to these entries, one of each slot."""
    for entry in last:
        while (await _view(settings, f"/cases/{entry.case_id}")).get("seq", -1) < entry.seq:
            await asyncio.sleep(LOOK_SECONDS)
    while "totals" not in (counted := await _view(settings, "/cases")):
        await asyncio.sleep(LOOK_SECONDS)
    return counted


async def _view(settings: Settings, path: str) -> dict[str, Any]:
    page = await _get(settings.projections.web_host, settings.projections.web_port, path)
    found: dict[str, Any] = json.loads(page) if page.startswith("{") else {}
    return found


async def _get(host: str, port: int, path: str) -> str:
    return await asyncio.to_thread(_read, host, port, path)


def _read(host: str, port: int, path: str) -> str:
    """A page; empty while nobody answers."""
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return ""


def _free_port(host: str, wanted: int) -> int:
    """The port wanted, or any other if it is taken."""
    with closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wanted))
        except OSError:
            listener.bind((host, 0))
        port: int = listener.getsockname()[1]
    return port
