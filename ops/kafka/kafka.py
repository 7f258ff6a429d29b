"""Apache Kafka on this machine, without containers: start, stop, status.

Needs Java 17 and, the first time, Maven; no Python package. Brokers are KRaft nodes of combined roles
on 127.0.0.1, for development and tests: one of them, or three with three copies of everything.
Prints HOST:PORT[,HOST:PORT...] on standard output and nothing else; progress goes to standard error.
Ends with 0 when it is as asked, 1 when not, 2 when it is there already and other than asked for, 3 when
Java or Maven is missing.
"""

import argparse
import base64
import contextlib
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # run as a script: what it shares lies one folder up
from java import (  # noqa: E402
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

JAVA_OPTIONS = ("-Xmx512m",)  # what some hundreds of partitions need; a broker then takes about 450 MB
FIRST_PORT = 9092
READY_SECONDS = 60
STOP_SECONDS = 30

SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}{also_listens}
advertised.listeners={also_advertised}PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
log.dirs={folder}/data
# A topic nobody defined is noticed, not made.
auto.create.topics.enable=false
# Few partitions of the internal topics start faster.
offsets.topic.num.partitions=4
offsets.topic.replication.factor={copies}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={least_copies}
# What a dead producer left open is ended within 2 s of its time-out.
transaction.abort.timed.out.transaction.cleanup.interval.ms=2000
# A dead broker is given up after 6 s, not 9: before a transaction of the gateway times out (docs/faults.md).
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1500
# The first member of a group starts at once.
group.initial.rebalance.delay.ms=0
# The default of 128 MB would be a quarter of the heap.
log.cleaner.dedupe.buffer.size=16777216
"""


class KafkaError(Exception):
    """Kafka is not as asked; the text says why and where to look."""


# ── what it runs on ──────────────────────────────────────────────────────────────────────────────


def jars() -> Path:
    """The folder of Kafka's jars; fetched by Maven when pom.xml is new, whole or not at all."""
    pom = HERE / "pom.xml"
    folder = BUILD / f"kafka-jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:8]}"
    if folder.exists():
        return folder
    say("fetching Apache Kafka with Maven (about 45 MB, once) ...")
    part = BUILD / f"{folder.name}.{os.getpid()}"
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={part}")
    done = maven("-f", str(pom), *goal, what="Apache Kafka")
    if done.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        raise KafkaError(f"Maven could not fetch Apache Kafka: {first_error(done.stdout + done.stderr)}")
    with contextlib.suppress(OSError):  # somebody else was quicker, with the same jars
        part.rename(folder)
    shutil.rmtree(part, ignore_errors=True)
    say(f"fetched {len(list(folder.glob('*.jar')))} jars into {folder}")
    return folder


# ── one broker ───────────────────────────────────────────────────────────────────────────────────


class Broker(JavaProgram):
    """One KRaft node."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "server.properties"
        super().__init__(folder, mark=str(self.settings))

    @property
    def port(self) -> int:
        line = next(line for line in self.settings.read_text().splitlines() if line.startswith("advertised"))
        return int(line.rpartition(":")[2])

    def start(self) -> None:
        if self.pid() is not None:
            return
        if answers(self.port):
            raise KafkaError(
                f"port {self.port} is taken by another process: stop it, or choose one with --port."
            )
        words = [*JAVA_OPTIONS, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self.run(*words, "-cp", f"{jars()}/*", "kafka.Kafka", str(self.settings))


def brokers_known_at(port: int) -> int:
    """How many brokers this one knows; 0 if it does not answer.

    The question is Metadata, version 1, about no topic; its answer starts with the list of brokers.
    """
    request = struct.pack(">hhihi", 3, 1, 1, -1, 0)
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(12)
    except OSError:
        return 0
    return int(struct.unpack(">iii", answer)[2]) if len(answer) == 12 else 0


# ── all of them ──────────────────────────────────────────────────────────────────────────────────


def found(folder: Path) -> list[Broker]:
    return [Broker(path.parent) for path in sorted(folder.glob("broker-*/server.properties"))]


def address(brokers: list[Broker]) -> str:
    return ",".join(f"{HOST}:{broker.port}" for broker in brokers)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def prepare(folder: Path, first_port: int, count: int, proxied: str = "") -> list[Broker]:
    """Write the settings and format the storage of a new cluster; nothing is left where that fails."""
    brokers = [Broker(folder / f"broker-{node}") for node in range(1, count + 1)]
    try:
        write_settings(brokers, first_port, proxied)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        for broker in brokers:
            format_storage(broker, cluster)
    except BaseException:
        for broker in brokers:
            shutil.rmtree(broker.folder, ignore_errors=True)
        raise
    return brokers


def write_settings(brokers: list[Broker], first_port: int, proxied: str = "") -> None:
    count = len(brokers)
    listens, _, advertised = proxied.partition(":")
    ports = list(range(first_port, first_port + count)) if first_port else free_ports(count)
    controller_ports = free_ports(count)
    voters = ",".join(f"{node}@{HOST}:{port}" for node, port in enumerate(controller_ports, start=1))
    for node, broker in enumerate(brokers, start=1):
        text = SETTINGS.format(
            node=node,
            voters=voters,
            host=HOST,
            port=ports[node - 1],
            controller_port=controller_ports[node - 1],
            folder=broker.folder,
            copies=count,
            least_copies=max(1, count - 1),
            also_listens=f",PROXIED://{HOST}:{listens}" if proxied else "",
            also_advertised=f"PROXIED://{HOST}:{advertised}," if proxied else "",
        )
        broker.folder.mkdir(parents=True, exist_ok=True)
        broker.settings.write_text(text)


def format_storage(broker: Broker, cluster: str) -> None:
    tool = [java(), "-cp", f"{jars()}/*", "kafka.tools.StorageTool"]
    tool += ["format", "-t", cluster, "-c", str(broker.settings)]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        output = done.stdout + done.stderr
        if "UnsupportedClassVersionError" in output:
            raise ToolMissingError(
                "Java is too old for Kafka 4: install 17 or newer (Debian: openjdk-17-jre-headless)."
            )
        raise KafkaError(f"Kafka could not format {broker.folder}: {first_error(output)}")


def check_options(brokers: list[Broker], port: int | None, count: int | None, folder: Path) -> None:
    """Options are for a new cluster: what is there already must be what they ask for."""
    differing = [
        f"--{name} {asked}"
        for name, asked, there in (("port", port, brokers[0].port), ("brokers", count, len(brokers)))
        if asked not in (None, 0, there)
    ]
    if differing:
        raise OtherwiseError(
            f"{folder} holds a Kafka already, at {address(brokers)}: {' '.join(differing)} is for a new one. "
            "Start this one without, choose another folder with --dir, or stop it and delete its folder."
        )


def start(folder: Path, port: int | None, count: int | None, proxied: str = "") -> None:
    brokers = found(folder)
    if brokers:
        check_options(brokers, port, count, folder)
    java()
    jars()
    brokers = brokers or prepare(folder, FIRST_PORT if port is None else port, count or 1, proxied)
    was_running = all(broker.pid() for broker in brokers)
    began = time.monotonic()
    try:
        for broker in brokers:
            broker.start()
        wait_until_ready(brokers)
    except BaseException:
        stop(folder)
        raise
    say("already running" if was_running else f"Kafka answers after {time.monotonic() - began:.1f} s")
    print(address(brokers))


def wait_until_ready(brokers: list[Broker]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    waiting = list(brokers)
    while waiting:
        waiting = [broker for broker in waiting if brokers_known_at(broker.port) < len(brokers)]
        for broker in waiting:
            if broker.has_ended():
                raise KafkaError(
                    f"{broker.folder.name} ended: {first_error(broker.output.read_text())} ({broker.output})"
                )
            if time.monotonic() > deadline:
                raise KafkaError(
                    f"{broker.folder.name} does not answer after {READY_SECONDS} s; see {broker.output}"
                )
        time.sleep(0.1)


def stop(folder: Path) -> None:
    brokers = found(folder)
    for broker in brokers:
        broker.stop()
    deadline = time.monotonic() + STOP_SECONDS
    while any(broker.pid() for broker in brokers):
        if time.monotonic() > deadline:
            say(f"still running after {STOP_SECONDS} s: killed; the next start reads its logs again")
            for broker in brokers:
                broker.signal(signal.SIGKILL)
        time.sleep(0.1)
    for broker in brokers:
        broker.pid_file.unlink(missing_ok=True)


def status(folder: Path) -> int:
    brokers = found(folder)
    running = [broker for broker in brokers if broker.pid() and brokers_known_at(broker.port)]
    say(f"{len(running)} of {len(brokers)} brokers running in {folder}")
    if not brokers or len(running) < len(brokers):
        return 1
    print(address(brokers))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["start", "stop", "status"])
    parser.add_argument(
        "--port", type=int, help=f"of the first broker, when new: {FIRST_PORT}; 0 takes free ones"
    )
    parser.add_argument("--dir", type=Path, default=BUILD / "kafka", help="where settings and data lie")
    parser.add_argument("--brokers", type=int, choices=[1, 3], help="how many, when new: 1")
    parser.add_argument(
        "--proxied",
        metavar="PORT:PORT",
        default="",
        help="of one new broker, for fault runs: a second listener, and the port it tells clients",
    )
    asked = parser.parse_args()
    folder = asked.dir.resolve()
    try:
        if asked.verb == "start":
            start(folder, asked.port, asked.brokers, asked.proxied)
        elif asked.verb == "stop":
            stop(folder)
        else:
            return status(folder)
    except ToolMissingError as missing:
        say(str(missing))
        return MISSING
    except OtherwiseError as otherwise:
        say(str(otherwise))
        return OTHERWISE
    except KafkaError as failed:
        say(str(failed))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
