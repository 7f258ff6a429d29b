"""`gateway explain TOPIC[PARTITION]@OFFSET`: a record where it lies, beside what the ledger says of it."""

from pathlib import Path

from click.testing import CliRunner

from gateway.cli import cli
from gateway.client import pack
from gateway.definitions import Definitions
from gateway.identifiers import slot_of
from tests.broker.test_exchange import a_request, publish, slots_of
from tests.conftest import ROOT, Broker
from tests.gateways import exchange, wait_for_entries
from tests.world import Claim, answer

CASE = "310000-2026-1"
CANARY = "示例甲有限公司"


def words_of(broker: Broker, position: str) -> list[str]:
    return ["explain", position, "--bootstrap", broker.bootstrap, "--definitions", str(ROOT)]


def explained(broker: Broker, position: str, *options: str) -> str:
    told = CliRunner().invoke(cli, [*words_of(broker, position), *options])
    assert told.exit_code == 0, told.output
    assert CANARY not in told.output
    return told.output


def test_a_record_is_explained_beside_its_ledger_entry(
    broker: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    broker.fresh_topics(definitions.topics)
    fine = a_request(CASE, claims=(Claim("name", CANARY),), fields=())
    wrong = a_request(CASE, claims=(Claim("name", CANARY),), fields=("photo",))
    reply = answer(fine, made_at=fine.made_at, licence_state="REVOKED", outcome="MATCH_INVALID")
    reply.matched, reply.returned = ("name",), ()
    partition = slot_of(CASE, slots_of(broker))
    with exchange(broker, tmp_path):
        publish(broker, "shanghai.outbox", [(CASE, pack(fine)), (CASE, pack(wrong)), (CASE, pack(fine))])
        wait_for_entries(broker, 3)
        publish(broker, "zhejiang.outbox", [(CASE, pack(reply))])
        wait_for_entries(broker, 4)
    asked = [explained(broker, f"shanghai.outbox[{partition}]@{offset}", "--both") for offset in range(3)]
    assert asked[0].startswith("Delivered: the rule allows it.")
    assert "Ledger entry 0, definitions" in asked[0]
    assert "The ledger and this explanation agree." in asked[0]
    assert "Refused, field-not-agreed" in asked[1]
    assert "台账与本说明一致。" in asked[1]
    assert "Not the agreement decided it, but this: the same event came before" in asked[2]
    told = explained(broker, f"zhejiang.outbox[{partition}]@0")
    assert "Delivered, not recognised." in told
    assert "✗ licence state     REVOKED" in told
    assert "recognised: no" in told
    assert "The ledger and this explanation agree." in told

    empty = CliRunner().invoke(cli, words_of(broker, f"shanghai.outbox[{partition}]@7"))
    assert empty.exit_code == 1
    assert f"no record lies at shanghai.outbox[{partition}]@7" in empty.output
