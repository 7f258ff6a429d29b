"""Real Kafka for a fault run: brokers as processes that can be killed, and the topics of the gateway."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.wire import ROOT

KAFKA = ROOT / "ops" / "kafka" / "kafka.py"
READY_SECONDS = 60.0


class KafkaMissing(Exception):
    """Java or Maven is not on this machine; the text says which."""


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


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
        words = ["start", "--port", "0", "--dir", str(self.folder), "--brokers", str(self._brokers)]
        done = _script(*words, *self._options)
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

    def kill(self, node: int = 1) -> None:
        """Kill -9 one broker."""
        pid = int((self.folder / f"broker-{node}" / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and "Z" not in _state(pid):
            time.sleep(0.02)

    def log_files(self, topic: str) -> list[Path]:
        """The segments of a topic on the first broker that has it."""
        return sorted((self.folder / "broker-1" / "data").glob(f"{topic}-*/*.log"))

    def stop(self) -> None:
        _script("stop", "--dir", str(self.folder))

    def remove(self) -> None:
        """Stop, and delete all there is of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return "Z"


def _script(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, KAFKA, *words], capture_output=True, text=True, check=False)
