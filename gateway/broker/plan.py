"""What has to change on the brokers, as values and in words; no I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.definitions import Topic

RETENTION: Final = "retention.ms"
CLEANUP: Final = "cleanup.policy"
LEAST_COPIES: Final = "min.insync.replicas"
DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Found:
    """A topic as it stands on the brokers. config: all its settings, defaults included."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Create:
    """The topic is not there yet."""

    topic: Topic

    def __str__(self) -> str:
        config = dict(self.topic.config)
        kept = _cleanup(config) or _words(RETENTION, config.get(RETENTION, "-1"))
        return f"+ {self.topic.name}  {self.topic.partitions} partitions, {kept}"


@dataclass(frozen=True)
class Alter:
    """Settings differ. differences: (setting, found, wanted), in the order of the definition."""

    topic: str
    differences: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        changes = [f"{_words(name, was)} -> {_words(name, will)}" for name, was, will in self.differences]
        return f"~ {self.topic}  {', '.join(changes)}"


@dataclass(frozen=True)
class Cannot:
    """The difference cannot be closed from here; `why` says what to do instead."""

    topic: str
    why: str

    def __str__(self) -> str:
        return f"! {self.topic}  {self.why}"


Change = Create | Alter | Cannot


def lines(changes: Iterable[Change]) -> list[str]:
    """One line for each change; what cannot be made for one and the same cause is told once."""
    told: list[str] = []
    stuck: dict[str, list[str]] = {}
    for change in changes:
        if isinstance(change, Cannot):
            stuck.setdefault(change.why, []).append(change.topic)
        else:
            told.append(str(change))
    return told + [str(Cannot(listed(topics), why)) for why, topics in stuck.items()]


def listed(topics: list[str]) -> str:
    """The first topic by name and how many there are besides."""
    first, *others = topics
    return f"{first} and {len(others)} more" if others else first


def overridden(wanted: tuple[Topic, ...], copies: int | None) -> tuple[Topic, ...]:
    """The same topics on a development cluster: so many copies, of which one fewer must confirm."""
    if copies is None:
        return wanted
    least = str(max(1, copies - 1))
    return tuple(
        replace(
            topic,
            replication=copies,
            config=tuple((name, least if name == LEAST_COPIES else value) for name, value in topic.config),
        )
        for topic in wanted
    )


def plan(wanted: tuple[Topic, ...], found: Mapping[str, Found]) -> tuple[Change, ...]:
    """What has to change so that the brokers hold the topics as wanted, by name; empty if they do.

    Topics that nobody wants are left alone: other people's, and the projections' own.
    """
    changes: list[Change] = []
    for topic in sorted(wanted, key=lambda topic: topic.name):
        there = found.get(topic.name)
        changes += [Create(topic)] if there is None else _differences(topic, there)
    return tuple(changes)


def _differences(wanted: Topic, found: Found) -> Iterator[Change]:
    if found.partitions != wanted.partitions:
        yield Cannot(
            wanted.name,
            f"has {found.partitions} partitions, {wanted.partitions} are wanted; their number is for life: "
            f"while it holds nothing, delete it and apply again, or write {found.partitions} in topics/.",
        )
    if found.replication != wanted.replication:
        yield Cannot(
            wanted.name,
            f"is kept in {found.replication} copies, {wanted.replication} are wanted: move it with "
            "kafka-reassign-partitions, or set GATEWAY_REPLICATION on a development cluster.",
        )
    differences = tuple(
        (name, found.config.get(name, ""), value)
        for name, value in wanted.config
        if found.config.get(name) != value
    )
    if differences:
        yield Alter(wanted.name, differences)


def _cleanup(config: Mapping[str, str]) -> str | None:
    return "newest of each key kept" if config.get(CLEANUP) == "compact" else None


def _words(setting: str, value: str) -> str:
    if setting != RETENTION or not value.lstrip("-").isdigit():
        return f"{setting} {value or 'unset'}"
    milliseconds = int(value)
    return "kept for good" if milliseconds < 0 else f"kept {milliseconds / DAY_MS:g} days"
