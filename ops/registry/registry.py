"""A schema registry on this machine, without containers: start, stop, status.

Needs Java 17 and, the first time, Maven; no Python package. It is Apicurio Registry on 127.0.0.1, for
development and tests; what is registered lies in a file of its folder, so a killed one forgets nothing.
Prints its URL on standard output and nothing else; progress goes to standard error.
Ends with 0 when it is as asked, 1 when not, 2 when it is there already and other than asked for, 3 when
Java or Maven is missing.
"""

import argparse
import contextlib
import shutil
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # what it shares lies one folder up
from java import (
    BUILD,
    HOST,
    MISSING,
    OTHERWISE,
    JavaProgram,
    OtherwiseError,
    ToolMissingError,
    answers,
    first_error,
    java,
    maven,
    say,
)

VERSION = "3.0.9"  # the last line that runs on Java 17
ARTIFACT = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
JAR = f"apicurio-registry-app-{VERSION}-runner.jar"
PATH = "/apis/ccompat/v7"  # where it speaks Confluent's interface
HEAP = "384m"
FIRST_PORT = 8081
READY_SECONDS = 120
STOP_SECONDS = 30


class RegistryError(Exception):
    """The registry is not as asked; the text says why and where to look."""


def program() -> Path:
    """The folder of Apicurio's jars; fetched by Maven the first time, whole or not at all."""
    folder = BUILD / f"apicurio-{VERSION}"
    if folder.exists():
        return folder
    say("fetching Apicurio Registry with Maven (about 110 MB, once) ...")
    part = BUILD / f"{folder.name}.{time.time_ns()}"
    part.mkdir(parents=True)
    goal = ("dependency:unpack", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={part}")
    done = maven(*goal, what="Apicurio Registry", folder=part)
    if done.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        raise RegistryError(
            f"Maven could not fetch Apicurio Registry: {first_error(done.stdout + done.stderr)}"
        )
    with contextlib.suppress(OSError):  # somebody else was quicker, with the same jars
        part.rename(folder)
    shutil.rmtree(part, ignore_errors=True)
    return folder


class Registry(JavaProgram):
    """One registry; its port stands in a file beside its data."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, mark=f"jdbc:h2:file:{folder}/data")
        self.port_file = folder / "port"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port_file.read_text()}{PATH}"

    def prepare(self, port: int | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.port_file.exists():
            self.port_file.write_text(str(free_port() if port == 0 else port or FIRST_PORT))

    def check_port(self, port: int | None) -> None:
        """The option is for a new registry: the one that is there must listen where it says."""
        there = int(self.port_file.read_text()) if self.port_file.exists() else None
        if port and there not in (None, port):
            raise OtherwiseError(
                f"{self.folder} holds a registry already, at {self.url}: --port {port} is for a new one. "
                "Start this one without, choose another folder with --dir, or stop it and delete its folder."
            )

    def start(self) -> None:
        port = int(self.port_file.read_text())
        if answers(port):
            raise RegistryError(
                f"port {port} is taken by another process: stop it, or choose one with --port."
            )
        settings = {
            "quarkus.http.host": HOST,
            "quarkus.http.port": port,
            # Written at once, not half a second later: what it confirmed outlasts a kill.
            "apicurio.datasource.url": f"{self.mark};WRITE_DELAY=0",
            # One developer needs no pool of twenty connections.
            "apicurio.datasource.jdbc.initial-size": 1,
            "apicurio.datasource.jdbc.min-size": 1,
            "apicurio.datasource.jdbc.max-size": 10,
        }
        words = [f"-D{name}={value}" for name, value in settings.items()]
        self.run(f"-Xmx{HEAP}", *words, "-jar", str(program() / JAR))

    def ready(self) -> bool:
        try:
            address = f"http://{HOST}:{self.port_file.read_text()}{PATH}/subjects"
            with urllib.request.urlopen(address, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start(registry: Registry, port: int | None) -> None:
    registry.check_port(port)
    java()
    program()
    registry.prepare(port)
    began = time.monotonic()
    if registry.pid() is not None:
        say("already running")
    else:
        registry.start()
        try:
            wait_until_ready(registry)
        except BaseException:
            stop(registry)
            raise
        say(f"the registry answers after {time.monotonic() - began:.1f} s")
    print(registry.url)


def wait_until_ready(registry: Registry) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not registry.ready():
        if registry.has_ended():
            words = registry.output.read_text(errors="replace")
            if "UnsupportedClassVersionError" in words:
                raise ToolMissingError(
                    "Java is too old for Apicurio 3: install 17 or newer (Debian: openjdk-17-jre-headless)."
                )
            raise RegistryError(f"the registry ended: {first_error(words)} ({registry.output})")
        if time.monotonic() > deadline:
            raise RegistryError(
                f"the registry does not answer after {READY_SECONDS} s; see {registry.output}"
            )
        time.sleep(0.1)


def stop(registry: Registry) -> None:
    registry.stop()
    deadline = time.monotonic() + STOP_SECONDS
    while registry.pid() is not None:
        if time.monotonic() > deadline:
            say(f"still running after {STOP_SECONDS} s: killed")
            registry.signal(signal.SIGKILL)
        time.sleep(0.1)
    registry.pid_file.unlink(missing_ok=True)


def status(registry: Registry) -> int:
    if registry.pid() is None or not registry.ready():
        say(f"no registry is running in {registry.folder}")
        return 1
    print(registry.url)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["start", "stop", "status"])
    parser.add_argument("--port", type=int, help=f"when new: {FIRST_PORT}; 0 takes a free one")
    parser.add_argument("--dir", type=Path, default=BUILD / "registry", help="where its data lie")
    asked = parser.parse_args()
    registry = Registry(asked.dir.resolve())
    try:
        if asked.verb == "start":
            start(registry, asked.port)
        elif asked.verb == "stop":
            stop(registry)
        else:
            return status(registry)
    except ToolMissingError as missing:
        say(str(missing))
        return MISSING
    except OtherwiseError as otherwise:
        say(str(otherwise))
        return OTHERWISE
    except RegistryError as failed:
        say(str(failed))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
