"""The schema ids an installation works with: those of its registry, or those of the files alone."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from gateway import broker
from gateway.definitions import Contract, Definitions
from gateway.definitions.book import Book
from gateway.exchange.asking import Ask
from gateway.settings import Settings

log = logging.getLogger("gateway.schemas")

if TYPE_CHECKING:
    from gateway.registry import SchemaRegistry


def connect(settings: Settings) -> "SchemaRegistry | None":
    """The registry of the settings, if there is one; nothing is asked yet."""
    if not settings.registry.url:
        return None
    from gateway.registry import SchemaRegistry  # here: its HTTP client takes a quarter of a second

    return SchemaRegistry(settings.registry.url, settings.registry.user())


def book(settings: Settings, definitions: Definitions, registry: "SchemaRegistry | None") -> Book:
    """The definitions with the ids in use. Raises `BrokerFault` where broker or registry lack something."""
    slots = broker.slots(broker.connect(settings.kafka.librdkafka()))
    return Book(definitions, slots, ids(settings, definitions, registry))


def ids(
    settings: Settings, definitions: Definitions, registry: "SchemaRegistry | None"
) -> dict[int, Contract] | None:
    """The ids the registry has given to our contracts; None without one.

    While it is away: those it had given when a process here was started last.
    """
    if registry is None:
        return None
    from gateway.registry import NoAnswer, keep, kept, registered

    try:
        given = registered(registry, definitions.contracts)
    except NoAnswer as silence:
        noted = kept(settings.data_dir, registry.url, definitions.contracts)
        if noted is None:
            raise
        log.warning("%s Started with the ids it had given before", silence)
        return noted
    keep(settings.data_dir, registry.url, given)
    return given


def ask(definitions: Definitions, registry: "SchemaRegistry | None") -> Ask | None:
    """How the exchange asks about an id it does not know."""
    if registry is None:
        return None
    from gateway.registry import contract_of

    return partial(contract_of, registry, definitions.contracts)
