"""What the rules see of an event: the question it asks, and what their conditions may read."""

from gateway.codec import LicenceVerificationAnswered, LicenceVerificationRequested
from gateway.definitions.conditions import Facts, answered_facts
from gateway.identifiers import division_of, holder_kind, issuing_division
from gateway.recognition import Question, facts_of
from gateway.slot import iso_day, shanghai_day


def question_of(event: LicenceVerificationRequested, arrived_at: int) -> Question:
    """The question as the rules see it; fields are those asked for and those claimed."""
    return Question(
        event.source,
        event.target,
        division_of(event.department),
        issuing_division(event.licence_id),
        event.licence_type,
        event.item,
        event.use_kind,
        event.purpose,
        event.legal_basis,
        event.consent_ref is not None,
        (*event.fields, *[claim.field for claim in event.claims]),
        holder_kind(event.holder_type),
        arrived_at,
    )


def facts_of_request(event: LicenceVerificationRequested, question: Question) -> Facts:
    """What a condition on a request may read."""
    return facts_of(question, [(claim.field, claim.value) for claim in event.claims])


def facts_of_answer(event: LicenceVerificationAnswered, arrived_at: int) -> Facts:
    """What a condition on an answer may read."""
    return answered_facts(
        event.outcome,
        event.licence_state,
        event.trust_level,
        days_in_state(event, arrived_at),
        event.matched,
        event.mismatched,
        iso_day(shanghai_day(arrived_at)),
        [(value.field, value.value) for value in event.returned],
    )


def days_in_state(event: LicenceVerificationAnswered, arrived_at: int) -> int | None:
    """How long the licence has been in its state, in days of Shanghai; None if the answer does not say."""
    return None if event.state_since is None else shanghai_day(arrived_at) - event.state_since
