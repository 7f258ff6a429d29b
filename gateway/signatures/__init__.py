"""Signatures over agreements: one canonical text, and the algorithms that may sign it.

`canonical` knows rfc8785, `ed25519` knows cryptography, `sm2` knows tongsuopy (an optional extra); no
other module does, and each is imported where it is first needed. No I/O, no clock. Keys travel as DER
(SubjectPublicKeyInfo) in base64, private ones as PEM (PKCS#8).
"""

import base64
import binascii
from importlib import import_module
from types import ModuleType
from typing import Final, Protocol

from gateway.signatures.canonical import NotCanonical, canonical, digest
from gateway.signatures.faults import BadKey, NotAvailable

ED25519: Final = "ed25519"
SM2: Final = "sm2-sm3"
ALGORITHMS: Final = (ED25519, SM2)
"""As signatures and keys name them. `sm2-sm3`: GB/T 32918, digest SM3, the standard's default signer id."""

_MODULES: Final = {ED25519: "gateway.signatures.ed25519", SM2: "gateway.signatures.sm2"}


class PrivateKey(Protocol):
    """One private key in memory. algorithm: its name. public: its public half, DER."""

    algorithm: str
    public: bytes

    def sign(self, text: bytes) -> bytes:
        """Sign this text."""
        ...


def is_signed(algorithm: str, public_key: str, text: bytes, signature: str) -> bool:
    """Whether the signature (base64) over the text was made with the other half of the key (base64).

    Raises `BadKey`, `NotAvailable`.
    """
    key = raw(public_key)
    if key is None:
        raise BadKey("it is not base64")
    made = raw(signature)
    return made is not None and bool(_module(algorithm).verify(key, text, made))


def check_key(algorithm: str, public_key: str) -> None:
    """Raises `BadKey` if this (base64) is no public key of the algorithm, `NotAvailable`."""
    is_signed(algorithm, public_key, b"", "")


def private_key(pem: bytes) -> PrivateKey:
    """Read a private key of any known algorithm. Raises `BadKey`, `NotAvailable`."""
    missing: NotAvailable | None = None
    for algorithm in ALGORITHMS:
        try:
            found: PrivateKey | None = _module(algorithm).load(pem)
        except NotAvailable as absent:
            missing = absent
            continue
        if found is not None:
            return found
    if missing is not None:
        raise BadKey(f"it is no {ED25519} key; for another: {missing}")
    raise BadKey(f"it is no private key in PEM without a password of {' or '.join(ALGORITHMS)}")


def generate(algorithm: str) -> bytes:
    """Make a private key: PEM, PKCS#8, without a password. Raises `NotAvailable`."""
    pem: bytes = _module(algorithm).generate()
    return pem


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def raw(text: str) -> bytes | None:
    """The bytes behind strict base64, None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _module(algorithm: str) -> ModuleType:
    try:
        return import_module(_MODULES[algorithm])
    except ModuleNotFoundError as absent:
        if absent.name is None or absent.name.partition(".")[0] != "tongsuopy":
            raise
        raise NotAvailable(
            f'{SM2} needs the library tongsuopy: pip install "gateway[sm2]", or pip install tongsuopy'
        ) from absent


__all__ = [
    "ALGORITHMS",
    "ED25519",
    "SM2",
    "BadKey",
    "NotAvailable",
    "NotCanonical",
    "PrivateKey",
    "canonical",
    "check_key",
    "digest",
    "generate",
    "in_base64",
    "is_signed",
    "private_key",
    "raw",
]
