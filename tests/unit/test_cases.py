"""The state table of applications: who may take which step, and what a case remembers."""

import pytest

from gateway.cases import (
    DECIDING,
    GATEWAY,
    GUARDS,
    POSITIVE,
    RECEIVING,
    STATES,
    TRANSITIONS,
    Note,
    Standing,
    advance,
    allowed_next,
)

SAID = Note(has_reason=True, has_legal_cause=True, has_assist_reply=True)
SILENT = Note(has_reason=False, has_legal_cause=False, has_assist_reply=False)


def walk(*steps: tuple[str, str]) -> Standing | str:
    standing: Standing | str = Standing("SUBMITTED", None, None)
    for state, role in steps:
        assert isinstance(standing, Standing), standing
        standing = advance(standing, state, role, SAID)
    return standing


TAKEN_OVER = (("RECEIVED", RECEIVING), ("TAKEN_OVER", DECIDING))
IN_REVIEW = (*TAKEN_OVER, ("ACCEPTED", DECIDING), ("IN_REVIEW", DECIDING))


def test_every_state_can_be_reached_and_every_ended_one_leads_to_the_archive() -> None:
    assert {after for _, after in TRANSITIONS} | {"SUBMITTED"} == set(STATES)
    for name, state in STATES.items():
        nexts = {after for before, after in TRANSITIONS if before == name}
        if state.ended and name != "ARCHIVED":
            assert "ARCHIVED" in nexts
        assert nexts


def test_every_transition_names_known_states_senders_and_guards() -> None:
    for (before, after), row in TRANSITIONS.items():
        assert before in STATES
        assert after in STATES
        assert set(row.senders) <= {RECEIVING, DECIDING, GATEWAY}
        assert row.guard in GUARDS


def test_the_ordinary_way() -> None:
    end = walk(*IN_REVIEW, ("APPROVED", DECIDING), ("DELIVERED", DECIDING), ("EVALUATED", RECEIVING))
    assert isinstance(end, Standing)
    assert (end.state, end.decision) == ("EVALUATED", "APPROVED")


def test_receiving_is_forwarding() -> None:
    standing = walk(("RECEIVED", RECEIVING))
    assert isinstance(standing, Standing)
    assert standing.state == "FORWARDED"


def test_a_supplement_is_requested_once() -> None:
    again = walk(
        *TAKEN_OVER, ("SUPPLEMENT_REQUESTED", DECIDING), ("SUPPLEMENTED", RECEIVING), ("ACCEPTED", DECIDING)
    )
    assert isinstance(again, Standing)
    asked = Standing("TAKEN_OVER", DECIDING, None)
    assert "no supplement was requested before" in str(advance(asked, "SUPPLEMENT_REQUESTED", DECIDING, SAID))


def test_a_supplement_the_receiving_region_asked_for_is_forwarded_and_never_accepted_at_once() -> None:
    asked = advance(Standing("RECEIVED", None, None), "SUPPLEMENT_REQUESTED", RECEIVING, SAID)
    assert isinstance(asked, Standing)
    forwarded = advance(asked, "SUPPLEMENTED", RECEIVING, SAID)
    assert isinstance(forwarded, Standing)
    assert forwarded.state == "FORWARDED"
    assert isinstance(advance(Standing("SUPPLEMENTED", RECEIVING, None), "ACCEPTED", DECIDING, SAID), str)
    assert isinstance(advance(asked, "NOT_ACCEPTED", DECIDING, SAID), str)


@pytest.mark.parametrize(("asker", "other"), [(RECEIVING, DECIDING), (DECIDING, RECEIVING)])
def test_a_supplement_times_out_at_the_region_that_asked(asker: str, other: str) -> None:
    standing = Standing("SUPPLEMENT_REQUESTED", asker, None)
    assert isinstance(advance(standing, "SUPPLEMENT_TIMEOUT", asker, SILENT), Standing)
    assert isinstance(advance(standing, "SUPPLEMENT_TIMEOUT", other, SILENT), str)


@pytest.mark.parametrize(
    ("before", "after", "role"),
    [
        ("TAKEN_OVER", "NOT_ACCEPTED", DECIDING),
        ("IN_REVIEW", "REJECTED", DECIDING),
        ("IN_REVIEW", "SUSPENDED", DECIDING),
        ("ASSIST_PENDING", "IN_REVIEW", RECEIVING),
        ("SUPPLEMENTED", "NOT_ACCEPTED", DECIDING),
    ],
)
def test_what_must_be_said_must_be_said(before: str, after: str, role: str) -> None:
    standing = Standing(before, DECIDING, None)
    assert isinstance(advance(standing, after, role, SILENT), str)
    assert isinstance(advance(standing, after, role, SAID), Standing)


def test_only_a_positive_decision_is_revoked_and_only_once() -> None:
    for decision in POSITIVE:
        revoked = advance(Standing("ARCHIVED", None, decision), "REVOKED", DECIDING, SILENT)
        assert isinstance(revoked, Standing)
        archived = advance(revoked, "ARCHIVED", DECIDING, SILENT)
        assert isinstance(archived, Standing)
        assert isinstance(advance(archived, "REVOKED", DECIDING, SILENT), str)
    for state in ("ARCHIVED", "EVALUATED"):
        assert isinstance(advance(Standing(state, None, "REJECTED"), "REVOKED", DECIDING, SILENT), str)


def test_a_missing_document_that_arrives_late_changes_the_decision_and_not_the_state() -> None:
    late = advance(Standing("DELIVERED", None, "CONDITIONALLY_APPROVED"), "APPROVED", DECIDING, SILENT)
    assert isinstance(late, Standing)
    assert (late.state, late.decision) == ("DELIVERED", "APPROVED")
    assert isinstance(advance(Standing("DELIVERED", None, "APPROVED"), "APPROVED", DECIDING, SILENT), str)


def test_a_rating_after_archiving_is_an_event_without_change() -> None:
    rated = advance(Standing("ARCHIVED", None, "APPROVED"), "EVALUATED", RECEIVING, SILENT)
    assert isinstance(rated, Standing)
    assert rated.state == "ARCHIVED"


def test_a_refused_step_says_why() -> None:
    assert advance(Standing("SUBMITTED", None, None), "APPROVED", DECIDING, SAID) == (
        '"APPROVED" cannot follow "SUBMITTED"'
    )
    assert advance(Standing("SUBMITTED", None, None), "RECEIVED", DECIDING, SAID) == (
        '"RECEIVED" after "SUBMITTED" is sent by the receiving region'
    )


def test_what_is_named_as_allowed_is_allowed() -> None:
    for state in STATES:
        for asked in (None, RECEIVING, DECIDING):
            for decision in (None, "APPROVED", "CONDITIONALLY_APPROVED", "REJECTED", "REVOKED"):
                for role in (RECEIVING, DECIDING):
                    standing = Standing(state, asked, decision)
                    allowed = allowed_next(standing, role)
                    taken = {
                        after
                        for after in STATES
                        if isinstance(advance(standing, after, role, SAID), Standing)
                    }
                    assert set(allowed) == taken
