"""Processes of the gateway as an operator starts them, watched, killed and started again."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.faults.cluster import free_ports
from tests.faults.wire import ROOT

HOLDING = "holding slots"
UNCLEAR = "a transaction ended unclear"
KILLED = 137
PATIENCE_SECONDS = 90.0


class Worker:
    """One `gateway run …` process. launcher: the module and its first words, `gateway` or a mutant of it."""

    def __init__(
        self,
        bootstrap: str,
        data_dir: Path,
        name: str,
        words: tuple[str, ...],
        launcher: tuple[str, ...] = ("gateway",),
        **environment: str,
    ) -> None:
        self.name = name
        self.deaths = 0
        self.starts = 0
        self.port = free_ports(1)[0]
        self.log = data_dir / f"{name}.log"
        self.metrics = b""
        self._command = [sys.executable, "-m", *launcher, *words]
        self._environment = {
            **os.environ,
            "PYTHONFAULTHANDLER": "1",
            "GATEWAY_KAFKA__BOOTSTRAP": bootstrap,
            "GATEWAY_DEFINITIONS_ROOT": str(ROOT),
            "GATEWAY_DATA_DIR": str(data_dir / f"{name}-data"),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def start(self, **environment: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._said_before = len(self.said())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env={**self._environment, **environment}, stdout=log, stderr=log, cwd=ROOT
            )
        self.starts += 1

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

    @property
    def exit_code(self) -> int | None:
        """As a shell tells it; None while it runs."""
        code = self.process.poll()
        return 128 - code if code is not None and code < 0 else code

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def holds_slots(self) -> bool:
        """Whether this start has taken slots over."""
        return HOLDING in self.said_since_start()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def said_since_start(self) -> str:
        return self.said()[self._said_before :]

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()
        self.deaths += 1

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.runs():
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_SECONDS / 2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.exit_code or 0

    def tell_where_it_is(self) -> None:
        """End it so that its log tells what each of its threads was doing."""
        if self.runs():
            self.signal(signal.SIGABRT)
            self.process.wait()

    def scrape(self) -> None:
        """Keep what /metrics says now, where it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                self.metrics = answer.read()
        except (OSError, urllib.error.URLError):
            return


def exchange(
    bootstrap: str,
    data_dir: Path,
    process: int,
    launcher: tuple[str, ...] = ("gateway",),
    **environment: str,
) -> Worker:
    """`gateway run exchange --process N`."""
    words = ("run", "exchange", "--process", str(process))
    worker = Worker(bootstrap, data_dir, f"exchange-{process}", words, launcher, **environment)
    worker._environment["GATEWAY_METRICS__PORT"] = str(worker.port - process)
    return worker


def projections(bootstrap: str, data_dir: Path) -> Worker:
    """`gateway run projections`; its port is that of its web views."""
    worker = Worker(bootstrap, data_dir, "projections", ("run", "projections"))
    worker._environment["GATEWAY_PROJECTIONS__WEB_PORT"] = str(worker.port)
    return worker
