"""The ports that a gateway listens on: tried before anything is started: a taken one is a sentence."""

import errno
import socket
from collections.abc import Iterable
from typing import Final

from gateway.settings import Settings, SettingsError

METRICS: Final = "GATEWAY_METRICS__PORT"
WEB: Final = "GATEWAY_PROJECTIONS__WEB_PORT"

Place = tuple[str, str, int]
"""The setting that names it, host and port."""


def exchanges(settings: Settings) -> list[Place]:
    """Where the exchange processes of this machine show their metrics."""
    found = settings.metrics
    return [(METRICS, found.host, found.port + number) for number in range(settings.exchange.processes)]


def web(settings: Settings) -> list[Place]:
    """Where the projections show cases and pairs."""
    return [(WEB, settings.projections.web_host, settings.projections.web_port)]


def check(places: Iterable[Place]) -> None:
    """Raises `SettingsError` with a sentence for each that cannot be listened on now."""
    problems = []
    for name, host, port in places:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            socket.create_server((host, port), family=family).close()
        except OSError as fault:
            problems.append(sentence(name, host, port, fault))
    if problems:
        raise SettingsError(tuple(problems))


def sentence(name: str, host: str, port: int, fault: OSError) -> str:
    """What is wrong with a place, and what to do."""
    if fault.errno == errno.EADDRINUSE:
        return (
            f"{name}: {host}:{port} is taken; does a gateway run here already? Stop it, or name another port."
        )
    return f"{name}: {host}:{port} cannot be used ({fault.strerror}); name another one."
