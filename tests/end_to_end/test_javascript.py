"""A province in another language: examples/javascript against a running gateway on real Kafka."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.definitions import Definitions
from gateway.registry import SchemaRegistry, registered
from tests.broker.test_client import zhejiang_answering
from tests.conftest import IN_CI, ROOT, Broker
from tests.gateways import exchange, records

EXAMPLE = ROOT / "examples" / "javascript"
PATIENCE_SECONDS = 90.0


@pytest.fixture(scope="session")
def javascript() -> None:
    """The example's packages, as its lock names them."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        reason = f"the JavaScript example: {' and '.join(missing)} missing (Debian: nodejs, npm)"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    installed = EXAMPLE / "node_modules" / ".package-lock.json"
    lock = EXAMPLE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        words = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(words, cwd=EXAMPLE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


async def run_example(broker: Broker, **environment: str) -> tuple[int | None, str]:
    """Its exit code and what it said."""
    running = await asyncio.create_subprocess_exec(
        *("node", "verify.mjs"),
        cwd=EXAMPLE,
        env={**os.environ, "KAFKA": broker.bootstrap, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await asyncio.wait_for(running.communicate(), PATIENCE_SECONDS)
    assert complaints.decode() == ""
    return running.returncode, said.decode()


async def ask_and_be_refused(broker: Broker, registry_url: str) -> None:
    environment = {"REGISTRY_URL": registry_url} if registry_url else {}
    async with zhejiang_answering(broker, registry=registry_url):
        answered = await run_example(broker, **environment)
    refused = await run_example(broker, PURPOSE="curiosity", **environment)
    assert answered == (0, "MATCH_VALID VALID yes shanghai-accepts-zhejiang-business-licence@1\n")
    assert refused[0] == 1
    assert refused[1].startswith("refused: purpose-not-agreed: shanghai.outbox[")


async def test_it_asks_with_the_ids_of_the_files(
    javascript: None, kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path):
        await ask_and_be_refused(kafka, registry_url="")
    assert ids_in(kafka, "zhejiang.inbox") <= set(definitions.by_schema_id)


async def test_it_asks_with_the_ids_of_a_registry(
    javascript: None, kafka: Broker, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path, GATEWAY_REGISTRY__URL=schemas.url):
        await ask_and_be_refused(kafka, schemas.url)
    given = set(registered(schemas, definitions.contracts))
    for topic in ("zhejiang.inbox", "shanghai.inbox", "shanghai.receipts"):
        assert ids_in(kafka, topic) <= given, topic


def ids_in(broker: Broker, topic: str) -> set[int]:
    """The schema ids of a topic that is not empty."""
    ids = {int.from_bytes((message.value() or b"")[1:5], "big") for message in records(broker, topic)}
    assert ids, topic
    return ids
