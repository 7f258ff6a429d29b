"""Ed25519 (RFC 8032) by cryptography."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.signatures.faults import BadKey


class Key:
    """A private key in memory."""

    algorithm = "ed25519"

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)


def verify(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether this is a signature over the text by the other half of the key. Raises `BadKey`."""
    try:
        key = serialization.load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("it is no public key in DER (SubjectPublicKeyInfo)") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("it is a key of another algorithm")
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def load(pem: bytes) -> Key | None:
    """The private key of a PEM file, None if it is none of this algorithm or has a password."""
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return Key(key) if isinstance(key, Ed25519PrivateKey) else None


def generate() -> bytes:
    """A new private key."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
