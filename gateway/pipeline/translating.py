"""Around recognition: the sender's form becomes the common one, the common one the receiver's."""

from hashlib import sha256

from gateway import forms
from gateway.codec import LicenceVerificationAnswered
from gateway.definitions import Contract
from gateway.definitions.forms import Translation
from gateway.messages import FRAME_BYTES
from gateway.pipeline.matters import Matter


def to_common(matter: Matter, contract: Contract) -> Translation | None:
    """Bring the event into the common form; None if no translation is declared for it."""
    event = matter.event
    translation = matter.book.translations.get((event.source, event.target, contract.name))
    if translation is not None and translation.sender is not None:
        forms.to_common(translation.sender, contract.name, event, _licence_type(matter))
    return translation


def to_receiver(matter: Matter, contract: Contract, translation: Translation | None) -> bytes | None:
    """The value to deliver: byte for byte what came, or its translation, whose digest is written down."""
    value = matter.record.value
    if translation is None or value is None:
        return value
    if translation.target is not None:
        forms.to_local(translation.target, contract.name, matter.event, _licence_type(matter))
    delivered = forms.written(contract, value[:FRAME_BYTES], matter.event)
    matter.entry.hash_out = sha256(delivered).digest()
    return delivered


def _licence_type(matter: Matter) -> str:
    """The common name of the type that an answer is about: that of its request, if there is one."""
    event = matter.event
    if not isinstance(event, LicenceVerificationAnswered):
        return ""
    request = matter.slot.requests.find(event.case_id, event.in_reply_to)
    return "" if request is None else request.licence_type
