"""The region's own form ↔ the common form (标准转换): codes, field names and dates of one event.

`to_common` before anything is judged, `to_local` before it is handed over; both change the event in place.
They reach what the contracts leave to regions: names in texts and lists, dates in values, and a state that
has the region's code beside it; never identifiers or the envelope. Whatever an event says, one of three
things comes of each code: it is mapped, it stays, or `Refused`, as the region's forms.yaml says; on the
way to a region a code without a mapping stays.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

from gateway.codec import (
    DECODERS,
    ENCODERS,
    ApplicationProgressed,
    ApplicationSubmitted,
    Claim,
    Event,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
    Material,
    Value,
)
from gateway.definitions import Contract
from gateway.definitions.forms import (
    COMMON_DATE,
    COMMON_OPEN_END,
    CodeTable,
    FieldTable,
    Forms,
    StateTable,
    Translation,
)
from gateway.errors import Reason, Refused
from gateway.messages import FRAME_BYTES

NO_FIELDS: Final = FieldTable(CodeTable())


def to_common(forms: Forms, contract: str, event: Event, licence_type: str) -> None:
    """Bring an event of this region into the common form.

    licence_type: the common name of the type that an answer is about; other events say it themselves.
    Raises `Refused` for a code that the region's tables refuse, and for two names that become one.
    """
    TRANSLATED[contract](event, _Turn(forms, contract, True), licence_type)


def to_local(forms: Forms, contract: str, event: Event, licence_type: str) -> None:
    """Bring an event in the common form into that of the region that gets it.

    An event that an agreement allows bears common names only; then nothing is refused here.
    """
    TRANSLATED[contract](event, _Turn(forms, contract, False), licence_type)


def written(contract: Contract, frame: bytes, event: Event) -> bytes:
    """The Kafka value of an event that was translated, under the frame it came with."""
    return frame + ENCODERS[contract.name, contract.version](event)


def translated(value: bytes, contract: Contract, translation: Translation, licence_type: str) -> bytes:
    """What is delivered of a published value: the whole translation once more, from the bytes alone."""
    event = DECODERS[contract.name, contract.version](value[FRAME_BYTES:])
    assert isinstance(event, Event)  # entries are not translated
    if translation.sender is not None:
        to_common(translation.sender, contract.name, event, licence_type)
    if translation.target is not None:
        to_local(translation.target, contract.name, event, licence_type)
    return written(contract, value[:FRAME_BYTES], event)


class _Turn:
    """One direction of a translation. inward: to the common form; only there anything is refused."""

    __slots__ = ("contract", "forms", "inward")

    def __init__(self, forms: Forms, contract: str, inward: bool) -> None:
        self.forms = forms
        self.contract = contract
        self.inward = inward

    def code(self, table: CodeTable, code: str, field: str) -> str:
        if not self.inward:
            return table.outward.get(code, code)
        common = table.inward.get(code)
        if common is not None:
            return common
        if table.refuses and code not in table.known:
            raise self._no_code(field)
        return code

    def names(self, table: FieldTable, names: tuple[str, ...], field: str) -> tuple[str, ...]:
        return tuple([self.code(table.names, name, field) for name in names])

    def value(self, table: FieldTable, name: str, value: str, field: str) -> str:
        """The value of a field, whose name may be the region's or the common one."""
        if table.names.inward.get(name, name) not in table.dates:
            return value
        form = self.forms.dates
        if not self.inward:
            if value == COMMON_OPEN_END and form.open_end is not None:
                return form.open_end
            return _rewritten(value, COMMON_DATE, form.behind) or value
        if value == form.open_end:
            return COMMON_OPEN_END
        common = _rewritten(value, form.behind, COMMON_DATE)
        if common is None and form.refuses and not is_date(value, COMMON_DATE):
            raise self._no_date(field)
        return common or value

    def states(
        self, table: StateTable, code: str | None, state: str | None, field: str
    ) -> tuple[str | None, str | None]:
        """The code beside a state, and the state."""
        if not self.inward:
            own = None if state is None else table.outward.get(state)
            return own if table.delivers_own else code, state
        if code is None:
            return code, state
        common = table.inward.get(code, table.otherwise)
        if common is None:
            raise self._no_code(field)
        return code, common

    def expect_distinct(self, names: list[str], field: str) -> None:
        """Two names of a sender may mean one field; `gateway check` keeps common names apart."""
        if len(set(names)) != len(names):
            raise Refused(
                Reason.DUPLICATE_KEY,
                f'{self.contract}: two names in field "{field}" are one field by {self.forms.path}',
                chinese=f"{self.contract}：字段 {field} 中的两个名称按 {self.forms.path} 是同一字段",
            )

    def _no_code(self, field: str) -> Refused:
        """The code itself is not told: what is no code may be anything."""
        return Refused(
            Reason.BAD_ENUM,
            f'{self.contract}: field "{field}" has a code that is neither mapped in {self.forms.path} '
            "nor one of the common form",
            chinese=f"{self.contract}：字段 {field} 的代码既不在 {self.forms.path} 中，也不是通用代码",
        )

    def _no_date(self, field: str) -> Refused:
        return Refused(
            Reason.OUT_OF_RANGE,
            f'{self.contract}: field "{field}" has a date that is written neither as in {self.forms.path} '
            "nor as in the common form",
            chinese=f"{self.contract}：字段 {field} 的日期既不符合 {self.forms.path}，也不符合通用格式",
        )


def is_date(text: str, behind: tuple[str, str, str]) -> bool:
    """Whether this is a day, written in this way."""
    return _rewritten(text, behind, behind) is not None


def _rewritten(text: str, behind: tuple[str, str, str], wanted: tuple[str, str, str]) -> str | None:
    """A date written another way; None if it is not one in the way of `behind`."""
    month_at = 4 + len(behind[0])
    day_at = month_at + 2 + len(behind[1])
    year, month, day = text[:4], text[month_at : month_at + 2], text[day_at : day_at + 2]
    digits = year + month + day
    if text != f"{year}{behind[0]}{month}{behind[1]}{day}{behind[2]}" or len(digits) != 8:
        return None
    if not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    return f"{year}{wanted[0]}{month}{wanted[1]}{day}{wanted[2]}"


def _requested(event: Event, turn: _Turn, _licence_type: str) -> None:
    assert isinstance(event, LicenceVerificationRequested)
    forms = turn.forms
    types = forms.licence_types
    table = forms.fields.get(types.inward.get(event.licence_type, event.licence_type), NO_FIELDS)
    event.item = turn.code(forms.items, event.item, "item")
    event.licence_type = turn.code(types, event.licence_type, "licence_type")
    event.fields = turn.names(table, event.fields, "fields")
    event.claims = tuple(
        [
            Claim(
                turn.code(table.names, claim.field, "claims.field"),
                turn.value(table, claim.field, claim.value, "claims.value"),
            )
            for claim in event.claims
        ]
    )
    turn.expect_distinct([claim.field for claim in event.claims], "claims")


def _answered(event: Event, turn: _Turn, licence_type: str) -> None:
    assert isinstance(event, LicenceVerificationAnswered)
    forms = turn.forms
    table = forms.fields.get(licence_type, NO_FIELDS)
    event.matched = turn.names(table, event.matched, "matched")
    event.mismatched = turn.names(table, event.mismatched, "mismatched")
    event.returned = tuple(
        [
            Value(
                turn.code(table.names, value.field, "returned.field"),
                turn.value(table, value.field, value.value, "returned.value"),
            )
            for value in event.returned
        ]
    )
    turn.expect_distinct([value.field for value in event.returned], "returned")
    if forms.licence_states is not None:
        event.raw_state, event.licence_state = turn.states(
            forms.licence_states, event.raw_state, event.licence_state, "raw_state"
        )


def _submitted(event: Event, turn: _Turn, _licence_type: str) -> None:
    assert isinstance(event, ApplicationSubmitted)
    forms = turn.forms
    event.item = turn.code(forms.items, event.item, "item")
    event.division = turn.code(forms.divisions, event.division, "division")
    event.materials = tuple([_material(material, turn) for material in event.materials])


def _material(material: Material, turn: _Turn) -> Material:
    if material.licence_type is None:
        return material
    licence_type = turn.code(turn.forms.licence_types, material.licence_type, "materials.licence_type")
    return Material(material.kind, licence_type, material.reference, material.digest)


def _progressed(event: Event, turn: _Turn, _licence_type: str) -> None:
    assert isinstance(event, ApplicationProgressed)
    states = turn.forms.application_states
    if states is not None:
        event.original_code, state = turn.states(states, event.original_code, event.state, "original_code")
        assert state is not None  # a state is given, and only a state replaces it
        event.state = state


TRANSLATED: Final[dict[str, Callable[[Event, _Turn, str], None]]] = {
    "licence-verification-requested": _requested,
    "licence-verification-answered": _answered,
    "application-submitted": _submitted,
    "application-progressed": _progressed,
}
"""The contracts that have something to translate."""
