"""How a worker is put together: credentials, readiness, measures, and what its web server has."""

import ssl
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import faust
import pytest

from gateway.projections import CHANGELOGS, ProjectionConfig, build_app
from gateway.projections.measures import Measures
from gateway.projections.readiness import ASSIGNMENT, LEDGER, LEVEL_RECORDS, RECOVERY, Readiness
from tests.world import Desk


def app_for(tmp_path: Path, **kafka: str) -> Any:
    properties = {"bootstrap.servers": "127.0.0.1:1,127.0.0.2:1"} | {
        name.replace("_", "."): value for name, value in kafka.items()
    }
    return build_app(ProjectionConfig(properties, tmp_path, "127.0.0.1", 1), lambda: Desk().book)


def test_building_an_app_contacts_nobody_and_shares_nothing(tmp_path: Path) -> None:
    one, other = app_for(tmp_path / "1"), app_for(tmp_path / "2")

    assert one is not other
    assert sorted(one.tables) == sorted(CHANGELOGS)
    assert {table.changelog_topic_name for table in one.tables.values()} == set(CHANGELOGS.values())
    assert one.conf.broker_request_timeout > one.conf.broker_session_timeout
    assert not one.conf.topic_allow_declare


def test_plain_connection_has_no_credentials(tmp_path: Path) -> None:
    assert app_for(tmp_path).conf.broker_credentials is None


def test_sasl_settings_reach_faust(tmp_path: Path) -> None:
    given = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_username": "projection",
        "sasl_password": "invented",
    }
    credentials = app_for(tmp_path, **given).conf.broker_credentials

    assert isinstance(credentials, faust.SASLCredentials)
    assert (credentials.mechanism.value, credentials.username) == ("SCRAM-SHA-256", "projection")
    assert credentials.protocol.value == "SASL_PLAINTEXT"
    encrypted = app_for(tmp_path, **given | {"security_protocol": "SASL_SSL"}).conf.broker_credentials
    assert encrypted.protocol.value == "SASL_SSL"
    assert encrypted.ssl_context.verify_mode is ssl.CERT_REQUIRED


def test_tls_settings_reach_faust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Mock(check_hostname=True)
    create = Mock(return_value=context)
    monkeypatch.setattr(ssl, "create_default_context", create)

    credentials = app_for(
        tmp_path,
        security_protocol="SSL",
        ssl_ca_location="ca.pem",
        ssl_certificate_location="certificate.pem",
        ssl_key_location="key.pem",
        ssl_key_password="invented",
    ).conf.broker_credentials

    assert isinstance(credentials, faust.SSLCredentials)
    assert credentials.context is context
    create.assert_called_once_with(cafile="ca.pem")
    context.load_cert_chain.assert_called_once_with("certificate.pem", "key.pem", "invented")


def test_since_moves_only_when_a_part_changes() -> None:
    clock = Mock(return_value=100.0)
    readiness = Readiness(clock)
    clock.return_value = 200.0
    readiness.note(ASSIGNMENT, True, "slots [0]")
    readiness.note(RECOVERY, True, "tables are read back")
    readiness.note_lag(LEVEL_RECORDS + 1)
    ready, since = readiness.ready, readiness.parts[LEDGER].since
    assert (ready, since) == (False, 100.0)

    clock.return_value = 300.0
    readiness.note(ASSIGNMENT, True, "slots [0, 1]")
    readiness.note_lag(LEVEL_RECORDS)

    assert readiness.ready
    assert [part.since for part in readiness.parts.values()] == [200.0, 200.0, 300.0]


@pytest.mark.parametrize(
    "line",
    [
        "gateway_projection_entries_total 3.0",
        "gateway_projection_faults_total 1.0",
        "gateway_projection_seconds_count 1.0",
        "gateway_projection_lag_records 7.0",
    ],
)
def test_measures_are_exposed(line: str) -> None:
    measures = Measures()
    measures.handled(4, 1, 0.0)
    measures.behind(7)

    assert line in measures.exposition().decode()
