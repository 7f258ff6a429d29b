"""What is said of topics that would lose or leak data."""

import pytest

from .conftest import Edit, Problems

OUTBOX = "topics/region.outbox.yaml"
QUARANTINE = "topics/gateway.quarantine.yaml"
LEDGER = "topics/gateway.ledger.yaml"
STATE = "topics/gateway.state.yaml"

BROKEN = [
    pytest.param(
        (OUTBOX, "partitions: 4", "partitions: 8"),
        [
            (
                "topics/region.outbox.yaml:4:13: partitions: 8 differs from the 4 of gateway.outbox; "
                "a slot is the same partition of all its topics."
            ),
        ],
        id="outbox_with_other_partitions_than_the_slots",
    ),
    pytest.param(
        ("topics/region.inbox.yaml", "partitions: 4", "partitions: 3"),
        [
            (
                "topics/region.inbox.yaml:4:13: partitions: 3 does not divide the 4 of gateway.outbox; "
                "a case would not lie where its key says."
            ),
        ],
        id="inbox_whose_partitions_do_not_divide_the_slots",
    ),
    pytest.param(
        (OUTBOX, "timestamps: LogAppendTime", "timestamps: CreateTime"),
        [
            (
                "topics/region.outbox.yaml:8:13: timestamps: it must be LogAppendTime: decisions "
                "hang on the time of arrival."
            ),
        ],
        id="outbox_dated_by_its_writer",
    ),
    pytest.param(
        (OUTBOX, "retention_days: 8", "retention_days: 7"),
        [
            "topics/region.outbox.yaml:7:17: retention_days: <region>.outbox is kept at least 8 days.",
        ],
        id="outbox_kept_too_short",
    ),
    pytest.param(
        (OUTBOX, 'writers: ["<region>"]', "writers: [line]"),
        [
            "topics/region.outbox.yaml:11:10: writers: writers of <region>.outbox are exactly <region>.",
        ],
        id="somebody_else_writes_an_outbox",
    ),
    pytest.param(
        (OUTBOX, "readers: [line]", "readers: [line, auditor]"),
        [
            "topics/region.outbox.yaml:12:10: readers: readers of <region>.outbox are exactly line.",
        ],
        id="somebody_else_reads_an_outbox",
    ),
    pytest.param(
        (OUTBOX, 'writers: ["<region>"]', "writers: [lime]"),
        [
            (
                'topics/region.outbox.yaml:11:11: writers[0]: principal "lime" is not one of '
                "<region>, line, projection, auditor, quarantine-reader, operator (did you mean "
                '"line"?).'
            ),
        ],
        id="unknown_principal",
    ),
    pytest.param(
        (OUTBOX, "max_message_bytes: 100000", "max_message_bytes: 2000"),
        [
            (
                "topics/region.outbox.yaml:10:20: max_message_bytes: at least 5120 are needed for "
                "the largest record."
            ),
        ],
        id="records_larger_than_the_topic",
    ),
    pytest.param(
        (QUARANTINE, "max_message_bytes: 110000", "max_message_bytes: 100000"),
        [
            (
                "topics/gateway.quarantine.yaml:10:20: max_message_bytes: at least 104096 are needed "
                "for the largest record."
            ),
        ],
        id="quarantine_smaller_than_an_outbox",
    ),
    pytest.param(
        (OUTBOX, "min_insync_replicas: 2", "min_insync_replicas: 4"),
        [
            "topics/region.outbox.yaml:9:22: min_insync_replicas: 3 copies can never confirm it.",
        ],
        id="more_confirmations_than_copies",
    ),
    pytest.param(
        (OUTBOX, 'name: "<region>.outbox"', 'name: "<region>.inbox"'),
        [
            "topics/region.outbox.yaml:1:7: name: topic <region>.inbox belongs in topics/region.inbox.yaml.",
            "topics/region.outbox.yaml:11:10: writers: writers of <region>.inbox are exactly line.",
            "topics/region.outbox.yaml:12:10: readers: readers of <region>.inbox are exactly <region>.",
        ],
        id="topic_in_the_file_of_another",
    ),
    pytest.param(
        (OUTBOX, 'name: "<region>.outbox"', 'name: "<region>.outbx"'),
        [
            (
                'topics/region.outbox.yaml:1:7: name: topic "<region>.outbx" is not one of '
                "<region>.outbox, <region>.inbox, <region>.receipts, gateway.outbox, gateway.ledger, "
                "gateway.state, gateway.quarantine, gateway.projection-faults, gateway.cases, "
                'gateway.pair-hours (did you mean "<region>.outbox"?).'
            ),
        ],
        id="unknown_topic",
    ),
    pytest.param(
        (LEDGER, "retention_days: null", "retention_days: 9999"),
        [
            "topics/gateway.ledger.yaml:7:17: retention_days: gateway.ledger is kept for good; write null.",
        ],
        id="ledger_that_expires",
    ),
    pytest.param(
        (STATE, "cleanup: compact", "cleanup: delete"),
        [
            "topics/gateway.state.yaml:6:10: cleanup: cleanup of gateway.state must be compact.",
        ],
        id="state_that_is_not_compacted",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said
