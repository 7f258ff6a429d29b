"""The parent of a gateway on one machine: children started, watched, restarted, stopped together.

Exchange processes and the projections worker are programs of their own (`gateway run exchange`), spawned
and never forked, so that librdkafka and asyncio never share a process. A child that ends by itself is
started again after a pause that grows while it keeps ending; but one that finds settings or definitions wrong
when it is first started is not, for that does not pass by itself, and all end with it.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from gateway.settings import SettingsError

log = logging.getLogger("gateway.supervisor")

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0
STEADY_SECONDS: Final = 30.0
"""A child that ran so long starts again with the first pause."""
STOP_SECONDS: Final = 20.0
REFUSES_TO_START: Final = 2
"""Exit code of a program whose settings or definitions are wrong; it has said so itself."""


class Child:
    """One program under supervision."""

    def __init__(
        self, name: str, words: tuple[str, ...], environment: Mapping[str, str], log_to: Path | None
    ) -> None:
        self.name = name
        self.starts = 0
        self._words = [sys.executable, "-m", "gateway", *words]
        self._environment = {**os.environ, **environment}
        self._log_to = log_to
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the program; what it writes goes to this terminal, or is added to the log file."""
        words: TextIO | None = None if self._log_to is None else self._log_to.open("a")
        self._process = subprocess.Popen(
            self._words,
            env=self._environment,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which ends its children in order
        )
        if words is not None:
            words.close()
        self._started_at = time.monotonic()
        self.starts += 1

    def look(self) -> None:
        """Start it again if it ended and its pause is over.

        Raises `SettingsError` if it refused to start in the first place.
        """
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        if code == REFUSES_TO_START and self.starts == 1:
            raise SettingsError((f"{self.name} refused to start; nothing runs now. {self._said()}",))
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        log.warning("%s ended with %s; it starts again in %.1f s", self.name, code, self._pause)
        self._start_at = time.monotonic() + self._pause
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        self._process = None

    def _said(self) -> str:
        return "It says why above." if self._log_to is None else f"It says why in {self._log_to}."

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end; after the time it is killed, which loses nothing."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time and is killed", self.name)
            self._process.kill()
            self._process.wait()


class Supervisor:
    """All children of one `gateway run`.

    environment: settings the children get beside this process's own. log_dir: one file per child,
    or None to write to this terminal.
    """

    def __init__(
        self,
        exchange_processes: int,
        projections: bool,
        environment: Mapping[str, str],
        log_dir: Path | None = None,
    ) -> None:
        if log_dir is not None:
            log_dir.mkdir(parents=True, exist_ok=True)
        parts: dict[str, tuple[str, ...]] = {
            f"exchange-{number}": ("run", "exchange", "--process", str(number))
            for number in range(exchange_processes)
        }
        if projections:
            parts["projections"] = ("run", "projections")
        self.children = [
            Child(name, words, environment, None if log_dir is None else log_dir / f"{name}.log")
            for name, words in parts.items()
        ]

    def start(self) -> None:
        for child in self.children:
            child.start()

    def look(self) -> None:
        """Start again what ended; call it about once a second. Raises `SettingsError`, see `Child.look`."""
        for child in self.children:
            child.look()

    def stop(self) -> None:
        """End all children; they finish what they decided."""
        for child in self.children:
            child.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.wait(until)
