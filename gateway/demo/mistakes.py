"""The mistakes people make, each with the reason it must come back with.

A mistake takes a request that is right and spoils it; where the definitions give no occasion (no pair
without an agreement, a rule that grants every field) it gives None. Reasons are told here and not
asked of the gateway's own checks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.cases import STATES, Standing, allowed_next
from gateway.client import pack
from gateway.codec import LicenceVerificationRequested
from gateway.demo.occasions import CONSENT, Asking, Scene
from gateway.errors import Reason
from gateway.messages import Outcome

Request = LicenceVerificationRequested
REQUESTED: Final = "licence-verification-requested"


@dataclass(frozen=True, slots=True)
class Expected:
    """How the gateway must decide a record. words: the mistake that is in it, if there is one."""

    outcome: Outcome = Outcome.DELIVERED
    reason: Reason | None = None
    words: str = ""


RIGHT: Final = Expected()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of mistake.

    spoil: the Kafka value to publish in place of the request, or behind it if `follows`; None where
    there is no occasion for it.
    """

    expected: Expected
    spoil: Callable[[Request, Asking, Scene], bytes | None]
    follows: bool = False


def _unknown_region(request: Request, _asking: Asking, scene: Scene) -> bytes:
    request.target = next(name for name in ("nowhere", "nowhere-else") if name not in scene.book.regions)
    return pack(request)


def _stranger(request: Request, _asking: Asking, scene: Scene) -> bytes | None:
    strangers = [
        name
        for name in scene.book.regions
        if name != request.source and (request.source, name) not in scene.book.pairs
    ]
    if not strangers:
        return None
    request.target = scene.random.choice(strangers)
    return pack(request)


def _type_without_rule(request: Request, _asking: Asking, scene: Scene) -> bytes | None:
    unruled = [
        name
        for name in sorted(scene.book.licence_types)
        if not scene.book.recognition_rules(request.source, request.target, name, request.item)
    ]
    if not unruled:
        return None
    request.licence_type = scene.random.choice(unruled)
    request.fields, request.claims = (), ()  # those of the type before would be wrong words beside this one
    return pack(request)


def _other_purpose(request: Request, asking: Asking, scene: Scene) -> bytes | None:
    others = sorted(scene.definitions.purposes - asking.rule.purposes)
    if not others:
        return None
    request.purpose = scene.random.choice(others)
    return pack(request)


def _field_too_many(request: Request, asking: Asking, scene: Scene) -> bytes | None:
    [licence_type] = [t for t in scene.definitions.licence_types.values() if t.name == asking.licence_type]
    others = [field for field in licence_type.fields if field not in asking.rule.fields]
    if not others:
        return None
    request.fields = (*request.fields, scene.random.choice(others))
    return pack(request)


def _no_consent(request: Request, asking: Asking, _scene: Scene) -> bytes | None:
    if not asking.rule.consent_required and request.legal_basis != CONSENT:
        return None
    request.consent_ref = None
    return pack(request)


def _other_sender(request: Request, _asking: Asking, _scene: Scene) -> bytes:
    request.source, request.target = request.target, request.source
    return pack(request)


def _mistyped(request: Request, _asking: Asking, _scene: Scene) -> bytes:
    right = request.licence_id.encode()
    return pack(request).replace(right, right[:-1] + (b"1" if right.endswith(b"0") else b"0"))


def _sent_twice(request: Request, _asking: Asking, _scene: Scene) -> bytes:
    return pack(request)


def _changed_afterwards(request: Request, _asking: Asking, _scene: Scene) -> bytes:
    request.officer += "改"
    return pack(request)


def _garbage(_request: Request, _asking: Asking, scene: Scene) -> bytes:
    return b"{" + scene.random.randbytes(40)


def _unreleased(request: Request, _asking: Asking, scene: Scene) -> bytes:
    unknown = next(number for number in range(1, 1000) if number not in scene.book.contracts)
    return b"\x00" + unknown.to_bytes(4, "big") + pack(request)[5:]


def _bytes_left_over(request: Request, _asking: Asking, _scene: Scene) -> bytes:
    return pack(request) + b"\x00"


def _code_nobody_mapped(request: Request, _asking: Asking, scene: Scene) -> bytes | None:
    own = scene.book.translations.get((request.source, request.target, REQUESTED))
    if own is None or own.sender is None or not own.sender.licence_types.refuses:
        return None
    request.licence_type = "nobody-mapped-this"
    return pack(request)


def _refused(reason: Reason, words: str) -> Expected:
    return Expected(Outcome.REFUSED, reason, words)


MISTAKES: Final = (
    Mistake(_refused(Reason.FIELD_NOT_AGREED, "asks one field too many"), _field_too_many),
    Mistake(
        Expected(Outcome.DUPLICATE, Reason.REPEAT, "sends the same event twice"), _sent_twice, follows=True
    ),
    Mistake(_refused(Reason.UNKNOWN_ADDRESSEE, "asks a region there is not"), _unknown_region),
    Mistake(_refused(Reason.NO_AGREEMENT, "asks a region it has no agreement with"), _stranger),
    Mistake(_refused(Reason.PURPOSE_NOT_AGREED, "asks for a purpose not agreed"), _other_purpose),
    Mistake(_refused(Reason.BAD_FRAME, "publishes garbage"), _garbage),
    Mistake(_refused(Reason.CONSENT_MISSING, "asks without the holder's consent"), _no_consent),
    Mistake(_refused(Reason.NOT_RECOGNISED, "asks about a licence type without a rule"), _type_without_rule),
    Mistake(_refused(Reason.BAD_IDENTIFIER, "mistypes a licence identifier"), _mistyped),
    Mistake(
        _refused(Reason.CONFLICT, "uses an event id again for other words"), _changed_afterwards, follows=True
    ),
    Mistake(_refused(Reason.WRONG_SOURCE, "speaks for another region"), _other_sender),
    Mistake(_refused(Reason.UNKNOWN_SCHEMA, "uses a schema nobody released"), _unreleased),
    Mistake(_refused(Reason.TRAILING_BYTES, "leaves bytes behind the record"), _bytes_left_over),
    Mistake(_refused(Reason.BAD_ENUM, "uses a code its own form does not map"), _code_nobody_mapped),
)
SECOND_ANSWER: Final = _refused(Reason.ALREADY_ANSWERED, "answers a second time")
ILLEGAL_STEP: Final = _refused(Reason.ILLEGAL_TRANSITION, "skips a step of an application")


def illegal_steps(standing: Standing, role: str) -> Iterator[str]:
    """States that this role may not report now; withdrawing late has a reason of its own."""
    allowed = allowed_next(standing, role)
    return (state for state in STATES if state not in allowed and state != "WITHDRAWN")
