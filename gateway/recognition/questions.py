"""A verification as the rules see it, and what their conditions may read of it."""

from mypy_extensions import mypyc_attr

from gateway.definitions.conditions import Facts, Value
from gateway.slot import iso_day, shanghai_day


@mypyc_attr(acyclic=True)
class Question:
    """A verification as the rules see it: no names, no values.

    asking_division, issuing_division: 6-digit division codes of the asking department and of the
        licence's issuer. fields: everything asked for or claimed. holder: person or organisation.
    """

    __slots__ = (
        "arrived_at",
        "asking",
        "asking_division",
        "fields",
        "has_consent",
        "holder",
        "issuing",
        "issuing_division",
        "item",
        "legal_basis",
        "licence_type",
        "purpose",
        "use_kind",
    )

    def __init__(
        self,
        asking: str,
        issuing: str,
        asking_division: str,
        issuing_division: str,
        licence_type: str,
        item: str,
        use_kind: str,
        purpose: str,
        legal_basis: str,
        has_consent: bool,
        fields: tuple[str, ...],
        holder: str,
        arrived_at: int,
    ) -> None:
        self.asking = asking
        self.issuing = issuing
        self.asking_division = asking_division
        self.issuing_division = issuing_division
        self.licence_type = licence_type
        self.item = item
        self.use_kind = use_kind
        self.purpose = purpose
        self.legal_basis = legal_basis
        self.has_consent = has_consent
        self.fields = fields
        self.holder = holder
        self.arrived_at = arrived_at


def facts_of(question: Question, claimed: list[tuple[str, str]]) -> Facts:
    """What a condition on a request may read. claimed: the values it states, by field."""
    facts: dict[str, Value] = {
        "request.item": question.item,
        "request.licence_type": question.licence_type,
        "request.use_kind": question.use_kind,
        "request.purpose": question.purpose,
        "request.legal_basis": question.legal_basis,
        "request.consent": question.has_consent,
        "request.holder": question.holder,
        "request.asking_division": question.asking_division,
        "request.issuing_division": question.issuing_division,
        "request.fields": question.fields,
        "request.day": iso_day(shanghai_day(question.arrived_at)),
    }
    for field, value in claimed:
        facts["claimed." + field] = value
    return facts
