"""The publisher and the reader of a run: programs of our own that end with it, however it ends.

They share the system's core and go before it, as clients on machines of their own would.
A program that stays behind holds the pipe of whoever started the benchmark, who then waits for it.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench import drains

TOLD_AT_MOST: Final = 2_000
"""Characters of what a program said last; a traceback's end is what one needs."""


class ProgramError(Exception):
    """A program of the benchmark failed: which, how, and the last that it said."""


class Program:
    """One that runs: what it prints comes at its end, what it complains of goes to build/bench/logs/."""

    def __init__(self, name: str, *words: str) -> None:
        drains.LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = drains.LOGS / f"{name}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(drains.SYSTEM_CORE), *drains.python_module(f"bench.{name}", *words)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=drains.environment(),
            )

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def told(self, seconds: float) -> str:
        """What it printed, once it ended. Raises ProgramError if it fails, or runs for longer than that."""
        try:
            told = self._process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired as late:
            raise ProgramError(f"bench.{self.name} did not end within {seconds:.0f} s") from late
        if self._process.returncode != 0:
            said = self.log.read_text(errors="replace").strip()[-TOLD_AT_MOST:] or "it said nothing"
            last = said.splitlines()[-1]
            raise ProgramError(f"bench.{self.name} ended with {self._process.returncode}: {last}\n{said}")
        return told

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """At once, if it still runs: nobody wants what it would tell."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def running(name: str, *words: str) -> Iterator[Program]:
    """`python -m bench.<name>`, gone at the end."""
    program = Program(name, *words)
    try:
        yield program
    finally:
        program.end()


def leave_nothing_behind() -> None:
    """Let SIGTERM end this process as an error does, so that it stops first what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
