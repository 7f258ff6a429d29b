"""Real Kafka for a fault run: brokers as processes that can be killed, and the topics of the gateway."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka.admin import AdminClient

from tests.faults.evidence import GROUP
from tests.faults.wire import ROOT
from tests.groups import forgotten

KAFKA = ROOT / "ops" / "kafka" / "kafka.py"
READY_SECONDS = 60.0


class KafkaMissing(Exception):
    """Java or Maven is not on this machine; the text says which."""


def free_ports(count: int) -> list[int]:
    """So many free ports in a row, below those that the system gives to clients.

    A client that tries again and again to reach a killed broker on one of those may reach itself.
    """
    while True:
        first = random.randrange(12_000, 32_000 - count)
        ports = list(range(first, first + count))
        with contextlib.ExitStack() as stack:
            try:
                for port in ports:
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return ports


class Cluster:
    """One broker, or three; `proxied`: a second listener that is reached through a proxy only.

    bootstrap: for the load and the checker. through: for the gateway; the proxy's address if there is one.
    """

    def __init__(self, folder: Path, brokers: int = 1, proxied: bool = False) -> None:
        self.folder = folder
        self._brokers = brokers
        self._options: list[str] = []
        self.listens = self.advertised = 0
        if proxied:
            self.listens, self.advertised = free_ports(2)
            self._options = ["--proxied", f"{self.listens}:{self.advertised}"]
        self.bootstrap = ""
        self.through = ""

    @property
    def kafka(self) -> dict[str, str]:
        return {"bootstrap.servers": self.bootstrap}

    def start(self) -> None:
        """Start what does not run."""
        words = ["start", "--dir", str(self.folder), "--brokers", str(self._brokers), *self._options]
        if not self.bootstrap:  # new: it keeps its ports
            words += ["--port", str(free_ports(self._brokers)[0])]
        done = _script(*words)
        if done.returncode == 3:
            raise KafkaMissing(done.stderr.strip())
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        self.bootstrap = done.stdout.strip()
        self.through = f"127.0.0.1:{self.advertised}" if self.advertised else self.bootstrap

    def make_topics(self) -> None:
        """The topics as `gateway topics apply` makes them."""
        words = [sys.executable, "-m", "gateway", "topics", "apply", "--bootstrap", self.bootstrap]
        copies = {} if self._brokers == 3 else {"GATEWAY_REPLICATION": "1"}
        deadline = time.monotonic() + READY_SECONDS
        while True:
            done = subprocess.run(
                words, cwd=ROOT, env={**os.environ, **copies}, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(done.stderr)

    def clear(self) -> None:
        """Delete the topics and the gateway's group, killed members and all."""
        admin = AdminClient(self.kafka)
        until(lambda: forgotten(admin, [GROUP]), "the group has no members")
        until(lambda: _deleted(admin), "the topics are deleted")

    def kill(self, node: int = 1) -> None:
        """Kill -9 one broker."""
        os.kill(int((self.folder / f"broker-{node}" / "pid").read_text()), signal.SIGKILL)
        port = int(self.bootstrap.split(",")[node - 1].rpartition(":")[2])
        until(lambda: not _answers(port), "the killed broker is gone")

    def log_files(self, topic: str) -> list[Path]:
        """The segments of a topic on the first broker that has it."""
        return sorted((self.folder / "broker-1" / "data").glob(f"{topic}-*/*.log"))

    def stop(self) -> None:
        _script("stop", "--dir", str(self.folder))

    def remove(self) -> None:
        """Stop, and delete all there is of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def until(holds: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def _deleted(admin: AdminClient) -> bool:
    left = [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]
    for future in (admin.delete_topics(left) if left else {}).values():
        future.exception()
    return not left


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _script(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, KAFKA, *words], capture_output=True, text=True, check=False)
