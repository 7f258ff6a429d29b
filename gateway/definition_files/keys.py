"""The public keys of a region: who may sign in its name. Private ones never lie in these folders."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gateway import signatures
from gateway.definition_files.fields import Date, Form, Name, OneOf

Algorithm = Annotated[str, OneOf("algorithm", signatures.ALGORITHMS)]


class KeyForm(Form):
    """One public key (公钥) of a region."""

    id: Name = Field(description="the key's name in signatures; unique in its region, never given twice")
    algorithm: Algorithm = Field(description="what it signs with")
    public_key: str = Field(description="the public half: SubjectPublicKeyInfo in DER, in base64 on one line")
    use: Annotated[str, OneOf("use", ("agreements",))] = Field(description="what it may sign: agreements")
    valid_from: Date = Field(description="the first day whose signatures count")
    revoked_on: Date | None = Field(
        description="null, or the day it was revoked: from then on none of its signatures counts"
    )


def problems(keys: tuple[KeyForm, ...]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with the keys of one region: which one, in which of its values, what."""
    first: dict[str, int] = {}
    for index, key in enumerate(keys):
        if first.setdefault(key.id, index) != index:
            yield index, "id", f'key "{key.id}" is already keys[{first[key.id]}] of this region.'
        if key.revoked_on is not None and key.revoked_on < key.valid_from:
            yield index, "revoked_on", f"the key is revoked before it is valid ({key.valid_from})."
        try:
            signatures.check_key(key.algorithm, key.public_key)
        except (signatures.BadKey, signatures.NotAvailable) as fault:
            yield index, "public_key", f"this is not a public key of {key.algorithm}: {fault}."
