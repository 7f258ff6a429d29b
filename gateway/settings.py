"""What differs from one installation to the next, read from the environment: GATEWAY_<NAME>.

Nested names take two underscores: GATEWAY_KAFKA__BOOTSTRAP. The models below are the only list of
settings and their only check; what they refuse is told all at once, by the name of the variable.
Passwords are never printed, whether right or wrong. Definitions of regions are not settings.
"""

import difflib
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

PREFIX: Final = "GATEWAY_"
NESTED: Final = "__"
NEAR: Final = 0.8
"""How like a setting a name must be to be taken for it: one letter wrong in six, three in a long one."""
FOR_TESTS: Final = "GATEWAY_TEST_"
"""Variables of the test suite; they are not settings of the product."""

Bootstrap = Annotated[str, StringConstraints(pattern=r"^[^\s,:]+:[0-9]{1,5}(,[^\s,:]+:[0-9]{1,5})*$")]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
RegistryUrl = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s@]+)?$")]
Port = Annotated[int, Field(ge=1, le=65_535)]


class SettingsError(Exception):
    """The environment is wrong: refuse to start. `problems` holds one sentence for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems: Final = problems


class Section(BaseModel):
    """A group of settings; unknown names in it are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kafka(Section):
    """How to reach the brokers, alike for the exchange, the projections, the tools and the client."""

    bootstrap: Bootstrap = Field(
        default="127.0.0.1:9092", description="HOST:PORT, several separated by commas"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_location: Path | None = None
    ssl_certificate_location: Path | None = None
    ssl_key_location: Path | None = None
    ssl_key_password: SecretStr | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> "Kafka":
        if self.security_protocol.startswith("SASL"):
            needed = ("sasl_mechanism", "sasl_username", "sasl_password")
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                raise ValueError(f"security_protocol {self.security_protocol} needs {', '.join(missing)} too")
        if (self.ssl_certificate_location is None) != (self.ssl_key_location is None):
            raise ValueError("ssl_certificate_location and ssl_key_location need each other")
        return self

    def librdkafka(self) -> dict[str, str]:
        """What is set, under librdkafka's names. Passwords stand in it in the clear: never print it."""
        named = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.sasl_username,
            "sasl.password": self.sasl_password and self.sasl_password.get_secret_value(),
            "ssl.ca.location": self.ssl_ca_location,
            "ssl.certificate.location": self.ssl_certificate_location,
            "ssl.key.location": self.ssl_key_location,
            "ssl.key.password": self.ssl_key_password and self.ssl_key_password.get_secret_value(),
        }
        return {name: str(value) for name, value in named.items() if value is not None}


class Registry(Section):
    """The schema registry that gives the schema ids, if there is one; else they come from the files."""

    url: RegistryUrl = Field(
        default="",
        description="empty, or http://HOST:PORT and the path of its Confluent interface, without a login",
    )
    username: str | None = None
    password: SecretStr | None = None
    patience_seconds: float = Field(
        default=600,
        ge=1,
        le=600,
        description="how long a topic-partition waits for a registry that does not answer",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> "Registry":
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password need each other")
        return self

    def user(self) -> tuple[str, str] | None:
        """Name and password in the clear: never print it."""
        if self.username is None or self.password is None:
            return None
        return self.username, self.password.get_secret_value()


class Exchange(Section):
    """The processes that decide.

    A dead process's slots move after the session time-out, of which brokers allow 6 s at least; what a
    dead machine left open is ended after the transaction time-out.
    """

    processes: int = Field(default=1, ge=1, le=64, description="at most one per core")
    cycle_ms: int = Field(default=100, ge=1, le=2_000, description="one transaction per cycle")
    max_batch: int = Field(default=500, ge=1, le=5_000, description="the most records decided at once")
    transaction_timeout_ms: int = Field(default=10_000, ge=5_000, le=60_000)
    session_timeout_ms: int = Field(default=6_000, ge=6_000, le=60_000)
    place: Place = Field(
        default_factory=platform.node,
        description="this machine, by the same name at each start: letters, digits, dots, dashes",
    )


class Metrics(Section):
    """Where Prometheus scrapes."""

    host: str = "127.0.0.1"
    port: Port = 9101


class Projections(Section):
    """Where the web views of cases and pairs listen."""

    web_host: str = "127.0.0.1"
    web_port: Port = 6066


class Settings(BaseSettings):
    """Every setting of the gateway."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=NESTED, frozen=True)

    kafka: Kafka = Field(default_factory=Kafka)
    registry: Registry = Field(default_factory=Registry)
    definitions_root: Path = Field(
        default=Path(), description="the folder that holds topics/, avro/ and regions/"
    )
    definitions_look_seconds: float = Field(
        default=2, ge=0.1, le=60, description="how often a running gateway looks whether they changed"
    )
    data_dir: Path = Field(
        default=Path("data"), description="what a process keeps between its starts, and can lose"
    )
    exchange: Exchange = Field(default_factory=Exchange)
    metrics: Metrics = Field(default_factory=Metrics)
    projections: Projections = Field(default_factory=Projections)
    embedded: bool = Field(default=False, description="hold a broker in memory instead of connecting to one")
    replication: int | None = Field(
        default=None,
        ge=1,
        le=9,
        description="copies of every topic on a development cluster, whatever topics/ says",
    )
    crash_at: str = Field(default="", description="for fault runs: <crash point>:<n>")
    stall_at: str = Field(default="", description="for fault runs: <crash point>:<n>")


def load(**given: Any) -> Settings:
    """Read the settings of this process.

    given: values of the command line, which win over the environment: `load(kafka={"bootstrap": ...})`.
    Raises `SettingsError` with every problem found.
    """
    problems = list(_misspelt())
    settings = None
    try:
        settings = Settings(**given)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [_sentence(detail) for detail in details if detail["type"] != "extra_forbidden"]
    except UnreadableError as error:
        problems = problems or [str(error)]
    if problems or settings is None:  # outside the handlers: the causes would print passwords too
        raise SettingsError(tuple(problems))
    return settings


def variables(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[tuple[str, FieldInfo]]:
    """The name of each variable with what is known of it, in the order of the models."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from variables(field.annotation, prefix + name.upper() + NESTED)
        else:
            yield prefix + name.upper(), field


def _misspelt() -> Iterator[str]:
    known = {_spelt(name): name for name, _ in variables()}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(FOR_TESTS) and name not in known.values():
            yield f"{name}: there is no such setting{_hint(name, known)}."


def _hint(name: str, known: dict[str, str]) -> str:
    near = difflib.get_close_matches(_spelt(name), known, n=1, cutoff=NEAR)
    if near:
        return f" (did you mean {known[near[0]]}?)"
    if any(setting.startswith(name + NESTED) for setting in known.values()):
        return f"; those of this group begin with {name}{NESTED}"
    return "; docs/settings.md has them all"


def _spelt(name: str) -> str:
    """What can be misspelt in a name: not the beginning that all share; one underscore is as good as two."""
    return name.removeprefix(PREFIX).replace(NESTED, "_")


def _sentence(detail: ErrorDetails) -> str:
    name = PREFIX + NESTED.join(str(part) for part in detail["loc"]).upper()
    field = dict(variables()).get(name)
    if field is None:  # a whole section: the sentence is our own
        return f"{name}: {detail['msg'].removeprefix('Value error, ')}."
    expected = detail["msg"].removeprefix("Input should be ")
    if detail["type"] == "string_pattern_mismatch":
        expected = field.description or expected
    secret = "SecretStr" in str(field.annotation) or "@" in str(detail["input"])  # a login in an address
    found = "" if secret else f', found "{detail["input"]}"'
    return f"{name}: expected {expected}{found}."
