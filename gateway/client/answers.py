"""What comes back for a verification: an answer, a refusal, or nothing in time."""

from dataclasses import dataclass, field

from gateway.client.header import GatewayHeader
from gateway.codec import EventReceipt, LicenceVerificationAnswered


@dataclass(frozen=True, slots=True)
class Answer:
    """What the issuing region found (核验结果), and what the gateway says of it.

    outcome: MATCH_VALID, MISMATCH, NOT_FOUND ... licence_state: VALID, REVOKED ...; None if no licence
    was found. recognised: whether the agreement accepts that state and trust level; None likewise.
    rule: `id@version` of the rule that granted the request and judged the answer. number: the place of
    the answer among the delivered events of its case. returned: the licence fields handed over.
    record: everything the issuing region said.
    """

    outcome: str
    licence_state: str | None
    recognised: bool | None
    rule: str | None
    number: int
    returned: dict[str, str] = field(repr=False)
    record: LicenceVerificationAnswered = field(repr=False)

    @classmethod
    def of(cls, record: LicenceVerificationAnswered, header: GatewayHeader) -> "Answer":
        """Put together what the two parties of an answer say."""
        returned = {value.field: value.value for value in record.returned}
        return cls(
            record.outcome,
            record.licence_state,
            header.recognised,
            header.rule,
            header.number,
            returned,
            record,
        )


class RefusedByGateway(Exception):
    """The gateway did not hand the event over; its receipt says why.

    outcome: "refused", or "quarantined" where the fault is the gateway's and its operator decides.
    reason: one code of the closed list (docs/reasons.md). rule: `id@version` of the rule that said no.
    explanation, explanation_chinese: what was expected and found, and what to do.
    position: `topic[partition]@offset` of the event. resend: whether it may be corrected and published
    again, with a new event id. allowed: the states that could follow, after an illegal transition.
    """

    def __init__(self, receipt: EventReceipt) -> None:
        super().__init__(receipt.explanation)
        self.outcome = receipt.outcome
        self.reason = receipt.reason
        self.rule = None if receipt.rule_id is None else f"{receipt.rule_id}@{receipt.rule_version}"
        self.explanation = receipt.explanation
        self.explanation_chinese = receipt.explanation_chinese
        self.position = f"{receipt.about_topic}[{receipt.about_partition}]@{receipt.about_offset}"
        self.resend = receipt.resend
        self.allowed = receipt.allowed


class NoAnswerYet(TimeoutError):
    """Nothing came in time. The request stays open; a later answer arrives in the inbox.

    case_id, event_id: the request, as its answer will name it.
    """

    def __init__(self, case_id: str, event_id: str, seconds: float) -> None:
        super().__init__(
            f"no answer within {seconds:g} s to request {event_id} of case {case_id}; it stays open"
        )
        self.case_id = case_id
        self.event_id = event_id
