"""A fifth province is a change of files under regions/ only: a licence is verified across a new pair."""

import asyncio
import shutil
from pathlib import Path

from gateway.client import Client
from gateway.definition_files import load
from tests.conftest import ROOT, Broker
from tests.gateways import exchange
from tests.world import LICENCE

FUJIAN = ROOT / "tests" / "definitions" / "fujian"


async def ask_across_the_new_pair(broker: Broker) -> None:
    async with (
        Client("fujian", division="350000", kafka=broker.kafka) as fujian,
        Client("zhejiang", kafka=broker.kafka) as zhejiang,
    ):
        asked = asyncio.create_task(
            fujian.verify(
                to="zhejiang",
                licence_type="business-licence",
                licence_id=LICENCE,
                item="company-change",
                purpose="application-handling",
                legal_basis="STATUTORY_DUTY",
                holder_type="001",
                holder_code="91330100Y99900021L",
                department="11350000Y999000135",
                officer="officer-3",
                claims={"name": "测试公司"},
                timeout_seconds=40,
            )
        )
        async for delivery in zhejiang.inbox():
            await zhejiang.answer(
                delivery,
                outcome="MATCH_VALID",
                licence_state="VALID",
                trust_level="A",
                source_at=delivery.record.made_at,
                matched=("name",),
            )
            await delivery.ack()
            break
        answer = await asked
        assert (answer.outcome, answer.recognised) == ("MATCH_VALID", True)
        assert answer.rule == "fujian-accepts-zhejiang-business-licence@1"


def test_a_province_is_added_by_files_alone(embedded_broker: Broker, tmp_path: Path) -> None:
    root = tmp_path / "definitions"
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copytree(FUJIAN, root, dirs_exist_ok=True)
    embedded_broker.fresh_topics(load(root).topics)
    with exchange(embedded_broker, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(root)):
        asyncio.run(asyncio.wait_for(ask_across_the_new_pair(embedded_broker), 60))
