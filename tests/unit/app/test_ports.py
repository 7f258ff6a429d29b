"""Taken ports are told before anything is started, all at once."""

import socket
from collections.abc import Iterator

import pytest

from gateway import settings
from gateway.app import ports
from gateway.settings import Settings, SettingsError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def settings_for(port: int, host: str = "127.0.0.1") -> Settings:
    return settings.load(
        metrics={"host": host, "port": port}, projections={"web_host": host, "web_port": port}
    )


def test_every_taken_port_is_told_by_its_setting(taken: int) -> None:
    found = settings_for(taken)
    with pytest.raises(SettingsError) as refused:
        ports.check(ports.exchanges(found) + ports.web(found))
    assert refused.value.problems == tuple(
        f"{name}: 127.0.0.1:{taken} is taken; does a gateway run here already? Stop it, or name another port."
        for name in ("GATEWAY_METRICS__PORT", "GATEWAY_PROJECTIONS__WEB_PORT")
    )


def test_a_free_port_stays_free(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for _ in range(2):
        ports.check(ports.web(settings_for(free)))


def test_each_process_has_a_port_of_its_own() -> None:
    found = settings.load(exchange={"processes": 3}, metrics={"port": 9101})
    assert [port for _, _, port in ports.exchanges(found)] == [9101, 9102, 9103]


def test_a_host_that_is_not_ours_is_told_with_its_reason() -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1:6066 cannot be used \(.+\); name another one"):
        ports.check(ports.web(settings_for(6066, "192.0.2.1")))
