"""What the rings stand on: definitions, the embedded broker, real Kafka, a real schema registry.

`broker` runs a test on both brokers; `kafka` only on the real one: that of GATEWAY_TEST_BROKER (with
every broker of its cluster), else one started for this run from its Maven jars; `registry` is always
started for this run, for it is killed too. Where one cannot be had,
the test is skipped with one line that says what is missing; under CI=true that is a failure.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from gateway import pipeline
from gateway.broker import apply, connect, overridden, plan
from gateway.definitions import Definitions, Topic
from gateway.embedded import EmbeddedBroker
from tests.groups import forgotten

if TYPE_CHECKING:
    from gateway.registry import SchemaRegistry

ROOT = Path(__file__).resolve().parent.parent
KAFKA = ROOT / "ops" / "kafka" / "kafka.py"
REGISTRY = ROOT / "ops" / "registry" / "registry.py"
NATIVE = ROOT / "ops" / "native.py"
COMPILED = Path(pipeline.__file__).suffix != ".py"
"""Which core is under test: `make native`, `make test-native`."""
interpreted_core_only = pytest.mark.skipif(COMPILED, reason="compiled records take no value of another type")
IN_CI = os.environ.get("CI") == "true"
TOOL_MISSING = 3
SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""No second compiler or collector: Kafka starts with 3.2 s of CPU, not 5.6, a registry with 5.0, not 9.7."""
PATIENCE_SECONDS = 30.0
"""Longer than a killed member of a group holds its place (6 s) and Kafka needs to delete its topics."""

hypothesis.settings.register_profile("small", max_examples=50, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=300, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "small"))


def pytest_configure() -> None:
    """Java programs of a test live for minutes: what a long life would repay is left out, half their start.

    A compiled core that is older than its sources would pass, or fail, for another code's sake.
    """
    os.environ.setdefault("JDK_JAVA_OPTIONS", SHORT_LIFE)
    if COMPILED:
        folder = Path(pipeline.__file__).parents[2]
        check = [sys.executable, NATIVE, "--check", folder]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.exit(f"{done.stderr.strip()}: `make native`, or `make pure`", returncode=1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each thing that is missing, however many tests it costs."""
    reports = terminalreporter.getreports("skipped")
    for reason, count in Counter(report.longrepr[2] for report in reports).items():
        terminalreporter.write_line(f"{count} x {reason}")


@dataclass
class Broker:
    """A running broker: where it is, and how a test gets topics that nobody has written to."""

    kind: str
    bootstrap: str
    fresh_topics: Callable[[Iterable[Topic]], None]
    kafka: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.kafka = {"bootstrap.servers": self.bootstrap}


@pytest.fixture(scope="session")
def definitions() -> Definitions:
    """The definitions of this repository."""
    from gateway.definition_files import load  # here, so that rings without definitions run without

    return load(ROOT)


@pytest.fixture
def embedded_broker() -> Iterator[Broker]:
    """A broker in memory, one for each test: it starts at once and cannot delete a topic."""
    with EmbeddedBroker() as broker:
        yield Broker(
            "embedded", broker.bootstrap, lambda topics: broker.touch(topic.name for topic in topics)
        )


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Real Kafka, one for the whole run; `fresh_topics` clears it of what the test before left."""
    given = os.environ.get("GATEWAY_TEST_BROKER")
    if given:
        yield real(given)
        return
    folder = str(tmp_path_factory.mktemp("kafka"))
    try:
        yield real(started(KAFKA, "real Kafka", folder))
    finally:
        script(KAFKA, "stop", "--dir", folder)


class Registry:
    """A schema registry that can be killed and started again; what is registered outlasts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""

    def start(self) -> None:
        self.url = started(REGISTRY, "a schema registry", str(self.folder))

    def kill(self) -> None:
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        until(lambda: script(REGISTRY, "status", "--dir", str(self.folder)).returncode != 0, "it is gone")

    def was_asked(self, path: str) -> int:
        """How often something was read since its last start, by its own log."""
        return (self.folder / "output.log").read_text().count(f'method="GET" path="/apis/ccompat/v7{path}"')


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A real schema registry, one for the whole run, without any schema at first."""
    running = Registry(tmp_path_factory.mktemp("registry"))
    try:
        running.start()
        yield running
    finally:
        script(REGISTRY, "stop", "--dir", str(running.folder))


@pytest.fixture
def schemas(registry: Registry, definitions: Definitions) -> "Iterator[SchemaRegistry]":
    """The registry with every contract of this repository in it."""
    from gateway.registry import SchemaRegistry, apply, found, plan

    asked = SchemaRegistry(registry.url)
    apply(asked, plan(definitions.contracts, found(asked, definitions.contracts)))
    yield asked
    asked.close()


@pytest.fixture(params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """The embedded broker, then real Kafka."""
    name = "embedded_broker" if request.param == "embedded" else "kafka"
    found: Broker = request.getfixturevalue(name)
    return found


def script(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, program, *words], capture_output=True, text=True, check=False)


def started(program: Path, what: str, folder: str) -> str:
    done = script(program, "start", "--port", "0", "--dir", folder)
    if done.returncode == TOOL_MISSING and not IN_CI:
        pytest.skip(f"{what}: {done.stderr.strip()}")
    if done.returncode != 0:
        pytest.fail(f"{what}: {done.stderr.strip()}", pytrace=False)
    return done.stdout.strip()


def real(bootstrap: str) -> Broker:
    """The cluster of these brokers; each of them is asked whether it shows what it should."""
    admin = connect({"bootstrap.servers": bootstrap})
    addresses = bootstrap.split(",")

    def fresh_topics(topics: Iterable[Topic]) -> None:
        forget_groups(admin)
        delete_topics(admin, addresses)
        wanted = overridden(tuple(topics), copies=len(addresses))
        apply(admin, plan(wanted, {}))
        names = {topic.name for topic in wanted}
        until(lambda: all(shown_by(address) == names for address in addresses), f"{names} shown everywhere")

    return Broker("kafka", bootstrap, fresh_topics)


def until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(0.05)


def forget_groups(admin: AdminClient) -> None:
    """Delete all groups and whoever was in them."""

    def all_forgotten() -> bool:
        return forgotten(admin, [group.group_id for group in admin.list_consumer_groups().result().valid])

    until(all_forgotten, "all groups without members; was a process left running?")


def delete_topics(admin: AdminClient, addresses: list[str]) -> None:
    """Delete all topics but Kafka's own, until no broker shows one."""

    def none_shown() -> bool:
        left = set[str]().union(*(shown_by(address) for address in addresses))
        asked = admin.delete_topics(list(left)) if left else {}
        for future in asked.values():
            refuse_all_but(future.exception(), KafkaError.UNKNOWN_TOPIC_OR_PART)
        return not left

    until(none_shown, "all topics deleted")


def shown_by(address: str) -> set[str]:
    """Our topics as this one broker shows them: a client that has just begun knows no other."""
    shown = connect({"bootstrap.servers": address}).list_topics(timeout=10).topics
    return {name for name in shown if not name.startswith("__")}


def refuse_all_but(error: BaseException | None, harmless: int) -> None:
    if error is not None and not (isinstance(error, KafkaException) and error.args[0].code() == harmless):
        raise error
