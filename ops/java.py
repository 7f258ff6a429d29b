"""What the scripts that start Java programs share: finding Java and Maven, ports, pids, words on stderr."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build"
HOST = "127.0.0.1"
OTHERWISE = 2
MISSING = 3


class ToolMissingError(Exception):
    """A tool that this machine does not have."""


class OtherwiseError(Exception):
    """What is there was made with other options than those asked for; the text says what to do."""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise ToolMissingError("Java is missing: install 17 or newer (Debian: openjdk-17-jre-headless).")
    return found


def maven(*words: str, what: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one goal of Maven's; `what` is to be fetched. folder: where it may leave its notes."""
    found = shutil.which("mvn")
    if found is None:
        raise ToolMissingError(f"Maven is missing: install it to fetch {what} (Debian: maven).")
    return subprocess.run(
        [found, "-q", "-B", *words], capture_output=True, text=True, check=False, cwd=folder
    )


def first_error(output: str) -> str:
    lines = [
        line for line in output.splitlines() if "ERROR" in line or "Error" in line or "Exception" in line
    ]
    return (lines or output.strip().splitlines() or ["it said nothing"])[0]


def command_line(pid: int) -> str:
    """How a process was called; empty for one that has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listing = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(listing, capture_output=True, text=True, check=False).stdout


def answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=2).close()
    except OSError:
        return False
    return True


class JavaProgram:
    """One Java program; all there is of it lies in its folder. `mark` is a word of its command line."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.folder = folder
        self.mark = mark
        self.pid_file = folder / "pid"
        self.output = folder / "output.log"
        self.started: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """The process that runs on this folder, or None; another's that got the same number is not meant."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if self.mark in command_line(pid) else None

    def run(self, *words: str) -> None:
        with self.output.open("wb") as output:
            self.started = subprocess.Popen(
                [java(), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for whoever started it, not for the program
            )
        self.pid_file.write_text(str(self.started.pid))

    def has_ended(self) -> bool:
        return self.started is not None and self.started.poll() is not None

    def stop(self) -> None:
        self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is not None:
            os.kill(pid, number)
