"""What an agreement allows (互认规则): deny by default.

A question is judged by the one rule whose scope fits it most closely: a named item before any item,
then the narrower issuing scope, then the narrower recognising scope; deny beats allow at equal scope.
The checks of that rule run in the fixed order purpose, fields, consent, quota, use kind, holder,
conditions. The answer is judged under the rule that its request was granted by, or under the version
that is in force by then where the rule lets running cases take the more favourable one. It is
recognised (yes), not recognised (no), or left to a clerk (review, 人工复核).
"""

from gateway.recognition.answering import check_granted, judge_answer
from gateway.recognition.asking import (
    check_application,
    check_conditions,
    check_holder,
    check_mode,
    check_pair,
    check_question,
    check_quota,
    check_use,
    granting,
    granting_service,
    refuse_addressee,
    rule_for,
    service_for,
)
from gateway.recognition.questions import Question, facts_of
from gateway.recognition.refusing import ref

__all__ = [
    "Question",
    "check_application",
    "check_conditions",
    "check_granted",
    "check_holder",
    "check_mode",
    "check_pair",
    "check_question",
    "check_quota",
    "check_use",
    "facts_of",
    "granting",
    "granting_service",
    "judge_answer",
    "ref",
    "refuse_addressee",
    "rule_for",
    "service_for",
]
