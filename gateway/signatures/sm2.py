"""SM2 with SM3 (GB/T 32918, GB/T 32905) by tongsuopy, an optional extra.

What is signed is SM3(Z || text), Z with the standard's default signer id 1234567812345678; a test holds it
against a verifier that knows nothing of this library. Signatures are DER, as GB/T 35276 lays them out.
"""

from typing import Any

from tongsuopy.crypto import hashes, serialization
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm

from gateway.signatures.faults import BadKey

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, InternalError)


class Key:
    """A private key in memory."""

    algorithm = "sm2-sm3"

    def __init__(self, key: Any) -> None:  # the library is typed too loosely to help
        self._key = key
        self.public: bytes = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, text: bytes) -> bytes:
        signature: bytes = self._key.sign(text, ec.ECDSA(hashes.SM3()))
        return signature


def verify(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether this is a signature over the text by the other half of the key. Raises `BadKey`."""
    try:
        key = serialization.load_der_public_key(public_key)
    except _UNREADABLE as error:
        raise BadKey("it is no public key in DER (SubjectPublicKeyInfo) on the curve SM2") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadKey("it is a key of another algorithm")
    try:
        key.verify(signature, text, ec.ECDSA(hashes.SM3()))
    except (InvalidSignature, InternalError):
        return False
    return True


def load(pem: bytes) -> Key | None:
    """The private key of a PEM file, None if it is none of this algorithm or has a password."""
    try:
        key = serialization.load_pem_private_key(pem, None)
    except _UNREADABLE:
        return None
    return Key(key) if isinstance(key, ec.EllipticCurvePrivateKey) else None


def generate() -> bytes:
    """A new private key."""
    return bytes(
        ec.generate_private_key(ec.SM2()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
