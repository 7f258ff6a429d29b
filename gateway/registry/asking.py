"""The registry's own interface, in our words: a "no" is None or empty, no answer is a `BrokerFault`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2  # what the client speaks through; its errors reach us as they are
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError

from gateway.errors import BrokerFault

ANSWER_SECONDS: Final = 5.0
NOT_THERE: Final = frozenset({40401, 40402, 40403, 40408})
"""No such subject, version or schema, no compatibility set: a "no". A bare 404 is a wrong path."""
AVRO: Final = "AVRO"


class NoAnswer(BrokerFault):
    """The registry could not be asked; what it would have said is not known."""


@dataclass(frozen=True)
class Version:
    """One registered version of a subject; `number` is the registry's own count. schema: JSON."""

    number: int
    schema_id: int
    schema: str


class SchemaRegistry:
    """One registry. Each call is one question, asked once: when to ask again is the caller's matter.

    url: its base, with the path under which it speaks Confluent's interface. user: name and password.
    """

    def __init__(self, url: str, user: tuple[str, str] | None = None) -> None:
        self.url = url
        settings: dict[str, Any] = {"url": url, "timeout": ANSWER_SECONDS, "max.retries": 0}
        if user is not None:
            settings["basic.auth.user.info"] = ":".join(user)
        self._client = SchemaRegistryClient(settings)

    def schema(self, schema_id: int) -> str | None:
        """The Avro schema an id stands for; None if the registry says there is none."""
        found = self._ask(f"schema id {schema_id}", self._client.get_schema, schema_id)
        return None if found is None or (found.schema_type or AVRO) != AVRO else found.schema_str

    def subjects(self) -> list[str]:
        """All there are, other people's too."""
        return list(self._ask("its subjects", self._client.get_subjects) or [])

    def versions(self, subject: str) -> tuple[Version, ...]:
        """What is registered under a subject, oldest first."""
        numbers = self._ask(subject, self._client.get_versions, subject) or []
        return tuple(self._version(subject, number) for number in sorted(numbers))

    def compatibility(self, subject: str) -> str | None:
        """How a new version of a subject is held against the older ones, if that was set for it."""
        found: str | None = self._ask(subject, self._client.get_compatibility, subject)
        return found

    def register(self, subject: str, schema: str) -> int:
        """Add a version; returns its id."""
        new = Schema(schema, AVRO)
        schema_id = self._ask(f"registering {subject}", self._client.register_schema, subject, new)
        return int(schema_id)

    def set_compatibility(self, subject: str, level: str) -> None:
        """Say how the next versions of a subject are held against the older ones."""
        self._ask(f"{subject}, compatibility {level}", self._client.set_compatibility, subject, level)

    def close(self) -> None:
        """Give its connections back."""
        self._client.close()

    def _version(self, subject: str, number: int) -> Version:
        found = self._ask(f"{subject} version {number}", self._client.get_version, subject, number)
        if found is None:
            raise BrokerFault(f"the schema registry at {self.url} lists {subject} {number} and has it not")
        return Version(number, int(found.schema_id), str(found.schema.schema_str))

    def _ask(self, what: str, call: Callable[..., Any], *words: Any) -> Any:
        try:
            return call(*words)
        except SchemaRegistryError as error:
            if error.error_code in NOT_THERE:
                return None
            raise NoAnswer(self._sentence(what, error)) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise NoAnswer(
                f"the schema registry at {self.url} does not answer ({type(error).__name__}: {error}); "
                "is it running, and is GATEWAY_REGISTRY__URL right?"
            ) from error

    def _sentence(self, what: str, error: SchemaRegistryError) -> str:
        said = f"{what}: the schema registry at {self.url} answers {error.http_status_code}"
        if error.http_status_code == 404:
            return f"{said}; is the path right? Apicurio speaks Confluent's interface at /apis/ccompat/v7"
        if error.http_status_code in (401, 403):
            return f"{said}; see GATEWAY_REGISTRY__USERNAME and __PASSWORD, and its rights"
        return f"{said}: {error.error_message}"
