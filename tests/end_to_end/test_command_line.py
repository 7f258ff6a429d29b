"""The command line as a person meets it: run, publish, look, be told what is wrong."""

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from gateway.definitions import Definitions
from gateway.registry import SchemaRegistry, registered
from tests.conftest import ROOT, Broker
from tests.gateways import Program, free_port, records, until


def gateway(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:

    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )


def request_file(folder: Path, **changed: object) -> Path:
    """An event as a person writes it: ids, time and salt are left out."""
    record = {
        "target": "zhejiang",
        "item": "company-change",
        "licence_type": "business-licence",
        "licence_id": "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
        "use_kind": "VERIFY",
        "purpose": "application-handling",
        "legal_basis": "STATUTORY_DUTY",
        "holder_type": "001",
        "holder_code": "91330100Y99900021L",
        "department": "11310000Y99900013L",
        "officer": "secret-officer",
        "fields": [],
        "claims": [{"field": "name", "value": "secret-name"}],
    }
    path = folder / "request.json"
    path.write_text(
        json.dumps({"contract": "licence-verification-requested", "record": {**record, **changed}})
    )
    return path


def test_a_gateway_is_run_used_and_stopped(broker: Broker, definitions: Definitions, tmp_path: Path) -> None:
    broker.fresh_topics(definitions.topics)
    run_use_and_stop(broker, tmp_path)


def test_so_is_one_whose_schema_ids_come_from_a_registry(
    kafka: Broker, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    run_use_and_stop(kafka, tmp_path, GATEWAY_REGISTRY__URL=schemas.url)
    ids = {(message.value() or b"")[1:5] for message in records(kafka, "gateway.ledger")}
    given = registered(schemas, definitions.contracts)
    assert {given[int.from_bytes(one, "big")].name for one in ids} == {"ledger-entry"}


def run_use_and_stop(broker: Broker, tmp_path: Path, **registry: str) -> None:
    """Every command an operator has for single events and cases, on two running processes."""
    web, metrics = free_port(), free_port()
    settings = {
        "GATEWAY_KAFKA__BOOTSTRAP": broker.bootstrap,
        "GATEWAY_PROJECTIONS__WEB_PORT": str(web),
        "GATEWAY_METRICS__PORT": str(metrics),
        **registry,
    }
    parts = [Program(broker, tmp_path, "run", part, **settings) for part in ("exchange", "projections")]
    for part in parts:
        part.start()
    try:
        published = gateway("publish", str(request_file(tmp_path)), "--as", "shanghai", **settings)
        assert published.returncode == 0, published.stderr
        case_id = published.stdout.split("case")[1].split()[0]
        until(lambda: len(records(broker, "zhejiang.inbox")) == 1, "nothing was delivered")
        inbox = gateway("inbox", "zhejiang", **settings).stdout
        assert case_id in inbox
        assert "rule shanghai-accepts-zhejiang-business-licence@1" in inbox
        refused = request_file(tmp_path, purpose="curiosity")
        gateway("publish", str(refused), "--as", "shanghai", **settings)
        until(lambda: len(records(broker, "shanghai.receipts")) == 2, "nothing was refused")
        receipts = gateway("receipts", "shanghai", **settings).stdout
        assert "purpose-not-agreed" in receipts
        assert "用途或依据不在互认规则内" in receipts
        assert "secret" not in inbox + receipts, "personal values are masked"
        until(
            lambda: "licence-verification-requested" in gateway("case", case_id, **settings).stdout,
            "no case",
            90,
        )
        shown = gateway("case", case_id, **settings).stdout
        assert "between   shanghai and zhejiang" in shown
        assert "next      zhejiang" in shown
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5) as answer:
            figures = answer.read().decode()
        assert (
            'outcome="refused",reason="purpose-not-agreed",source="shanghai",target="zhejiang"} 1' in figures
        )
        assert "secret" not in figures + "".join(part.said() for part in parts)
    finally:
        codes = [part.stop() for part in parts]
        sys.stdout.write("".join(part.said() for part in parts))
    assert codes == [0, 0]


@pytest.mark.parametrize(
    ("words", "environment", "code", "told"),
    [
        (["inbox", "zhejang"], {}, 1, 'region "zhejang" is not defined (defined: anhui, jiangsu'),
        (["check"], {"GATEWAY_KAFKA__BOOTSTRP": "x"}, 2, "did you mean GATEWAY_KAFKA__BOOTSTRAP?"),
        (["topics", "plan", "--bootstrap", "127.0.0.1:1"], {}, 3, "no broker answered; is it running"),
        (["schemas", "plan"], {"GATEWAY_REGISTRY__URL": ""}, 2, "schema ids come from the files alone"),
        (["schemas", "apply"], {"GATEWAY_REGISTRY__URL": "http://127.0.0.1:1"}, 3, "does not answer"),
        (["run", "exchange"], {"GATEWAY_CRASH_AT": "nowhere:1"}, 2, '"nowhere" is not a crash point'),
        (["run"], {"GATEWAY_CRASH_AT": "nowhere:1"}, 2, "exchange-0 refused to start; nothing runs now."),
        (
            ["case", "310000-2026-1"],
            {"GATEWAY_PROJECTIONS__WEB_PORT": "1"},
            3,
            "GATEWAY_PROJECTIONS__WEB_HOST",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    words: list[str], environment: dict[str, str], code: int, told: str
) -> None:
    done = gateway(*words, **environment)
    assert told in done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_second_gateway_says_that_one_runs_already() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        done = gateway("run", GATEWAY_METRICS__PORT=str(free_port()), GATEWAY_PROJECTIONS__WEB_PORT=taken)
    assert done.stderr == (
        f"GATEWAY_PROJECTIONS__WEB_PORT: 127.0.0.1:{taken} is taken; does a gateway run here already? "
        "Stop it, or name another port.\n"
    )
    assert (done.returncode, done.stdout) == (2, "")


def test_check_tells_every_finding_with_its_place(tmp_path: Path) -> None:

    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "regions" / "zhejiang" / "region.yaml"
    path.write_text(path.read_text().replace("business-licence", "busines-licence"))
    done = gateway("check", "--definitions", str(tmp_path))
    assert done.returncode == 1
    assert "regions/zhejiang/region.yaml:" in done.stdout
    assert '(did you mean "business-licence"?)' in done.stdout


def test_check_finds_an_example_that_does_not_hold(tmp_path: Path) -> None:

    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "regions" / "agreements" / "anhui--jiangsu.yaml"
    path.write_text(path.read_text().replace("reason: consent-missing", "reason: over-quota", 1))
    done = gateway("check", "--definitions", str(tmp_path))
    assert done.returncode == 1
    assert "it is refused (consent-missing), expected refused (over-quota)" in done.stdout


def test_the_shipped_definitions_have_no_findings() -> None:
    done = gateway("check")
    assert done.returncode == 0, done.stdout
    assert "no findings" in done.stdout
