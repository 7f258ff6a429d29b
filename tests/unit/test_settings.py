"""Settings: the environment becomes values, mistakes become sentences, passwords stay unseen."""

import pickle
from pathlib import Path

import pytest

from gateway import settings
from gateway.settings import Settings, SettingsError, load

SECRET = "correct-horse"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _ in settings.variables():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def secured(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in {
        "BOOTSTRAP": "kafka-1.example:9093,kafka-2.example:9093",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": "SCRAM-SHA-512",
        "SASL_USERNAME": "gateway",
        "SASL_PASSWORD": SECRET,
        "SSL_CA_LOCATION": "/etc/gateway/ca.pem",
        "SSL_CERTIFICATE_LOCATION": "/etc/gateway/gateway.pem",
        "SSL_KEY_LOCATION": "/etc/gateway/gateway.key",
        "SSL_KEY_PASSWORD": SECRET,
    }.items():
        monkeypatch.setenv(f"GATEWAY_KAFKA__{name}", value)
    return load()


def problems(**given: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load(**given)
    assert str(raised.value) == "\n".join(raised.value.problems)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value.problems


def test_nothing_has_to_be_set() -> None:
    found = load()
    assert found.kafka.librdkafka() == {
        "bootstrap.servers": "127.0.0.1:9092",
        "security.protocol": "PLAINTEXT",
    }
    assert found.definitions_root == Path()
    assert found.exchange.place
    assert (found.exchange.session_timeout_ms, found.exchange.transaction_timeout_ms) == (6_000, 10_000)
    assert not found.embedded
    assert found.replication is None


def test_environment_reaches_nested_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_EXCHANGE__PROCESSES", "3")
    assert load().exchange.processes == 3


def test_command_line_wins_over_the_environment_value_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KAFKA__BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setenv("GATEWAY_KAFKA__SECURITY_PROTOCOL", "SSL")
    found = load(kafka={"bootstrap": "127.0.0.1:1"})
    assert found.kafka.bootstrap == "127.0.0.1:1"
    assert found.kafka.security_protocol == "SSL"


def test_tls_and_sasl_stand_under_the_names_of_librdkafka(secured: Settings) -> None:
    assert secured.kafka.librdkafka() == {
        "bootstrap.servers": "kafka-1.example:9093,kafka-2.example:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "gateway",
        "sasl.password": SECRET,
        "ssl.ca.location": "/etc/gateway/ca.pem",
        "ssl.certificate.location": "/etc/gateway/gateway.pem",
        "ssl.key.location": "/etc/gateway/gateway.key",
        "ssl.key.password": SECRET,
    }


def test_passwords_are_not_printed(secured: Settings) -> None:
    assert SECRET not in repr(secured) + str(secured) + secured.model_dump_json()


def test_passwords_are_not_printed_in_problems(secured: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KAFKA__SECURITY_PROTOCOL", "SASL")
    assert SECRET not in " ".join(problems(kafka={"sasl_password": [SECRET]}))


def test_settings_can_be_handed_to_a_child_process(secured: Settings) -> None:
    assert pickle.loads(pickle.dumps(secured)) == secured  # noqa: S301 - our own bytes


def test_all_problems_are_told_at_once_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KAFKA__BOOTSTRAP", "localhost")
    monkeypatch.setenv("GATEWAY_METRICS__PORT", "99999")
    monkeypatch.setenv("GATEWAY_EMBEDED", "1")
    assert problems() == (
        "GATEWAY_EMBEDED: there is no such setting (did you mean GATEWAY_EMBEDDED?).",
        'GATEWAY_KAFKA__BOOTSTRAP: expected HOST:PORT, several separated by commas, found "localhost".',
        'GATEWAY_METRICS__PORT: expected less than or equal to 65535, found "99999".',
    )


@pytest.mark.parametrize("name", ["GATEWAY_KAFKA_BOOTSTRAP", "GATEWAY_KAFKA__BOOTSTRP"])
def test_misspelt_nested_name_is_told_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "kafka.example:9092")
    assert problems() == (f"{name}: there is no such setting (did you mean GATEWAY_KAFKA__BOOTSTRAP?).",)


def test_value_in_place_of_a_section_is_told_as_misspelt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KAFKA", "kafka.example:9092")
    assert problems() == (
        "GATEWAY_KAFKA: there is no such setting; those of this group begin with GATEWAY_KAFKA__.",
    )


@pytest.mark.parametrize(
    "name", ["GATEWAY_PORT", "GATEWAY_KAFKA__TOPIC", "GATEWAY_HOST", "GATEWAY_LOG_LEVEL"]
)
def test_no_setting_is_guessed_at_from_afar(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert problems() == (f"{name}: there is no such setting; docs/settings.md has them all.",)


def test_variables_of_the_test_suite_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TEST_BROKER", "127.0.0.1:9092")
    load()


def test_sasl_names_what_is_missing() -> None:
    found = problems(kafka={"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_username": "g"})
    assert found == ("GATEWAY_KAFKA: security_protocol SASL_SSL needs sasl_password too.",)


def test_certificate_needs_its_key() -> None:
    assert problems(kafka={"ssl_certificate_location": "/etc/gateway/gateway.pem"}) == (
        "GATEWAY_KAFKA: ssl_certificate_location and ssl_key_location need each other.",
    )


def test_no_registry_is_the_default_and_an_empty_address_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().registry.url == ""
    monkeypatch.setenv("GATEWAY_REGISTRY__URL", "")
    assert load().registry == settings.Registry()


def test_a_registry_s_login_stands_beside_its_address_and_is_never_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEWAY_REGISTRY__URL", f"http://gateway:{SECRET}@registry:8080")
    [problem] = problems()
    assert problem.startswith("GATEWAY_REGISTRY__URL: expected empty, or http://HOST:PORT")
    assert SECRET not in problem
    monkeypatch.setenv("GATEWAY_REGISTRY__URL", "http://registry:8080/apis/ccompat/v7")
    monkeypatch.setenv("GATEWAY_REGISTRY__PASSWORD", SECRET)
    assert problems() == ("GATEWAY_REGISTRY: username and password need each other.",)
    monkeypatch.setenv("GATEWAY_REGISTRY__USERNAME", "gateway")
    assert load().registry.user() == ("gateway", SECRET)
    assert SECRET not in repr(load())


def test_nobody_waits_longer_than_ten_minutes_for_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_REGISTRY__PATIENCE_SECONDS", "601")
    [problem] = problems()
    assert "GATEWAY_REGISTRY__PATIENCE_SECONDS" in problem
