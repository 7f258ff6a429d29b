"""What is signed by one half of a key is verified by the other, and by nothing else."""

import hashlib
import sys

import pytest

from gateway import signatures
from gateway.signatures import ALGORITHMS, ED25519, SM2, BadKey, NotAvailable
from tests.unit.signatures.sm2_by_the_book import holds

TEXT = "江苏省与浙江省".encode()

each = pytest.mark.parametrize("algorithm", ALGORITHMS)


@each
def test_signature_holds_for_its_text_and_key_alone(algorithm: str) -> None:
    key, other = (signatures.private_key(signatures.generate(algorithm)) for _ in range(2))
    public, signature = signatures.in_base64(key.public), signatures.in_base64(key.sign(TEXT))
    assert key.algorithm == algorithm
    assert signatures.is_signed(algorithm, public, TEXT, signature)
    assert not signatures.is_signed(algorithm, public, TEXT + b" ", signature)
    assert not signatures.is_signed(algorithm, signatures.in_base64(other.public), TEXT, signature)


@each
@pytest.mark.parametrize("signature", ["", "AAAA", "no base64", "A" * 400, "MAYCAQECAQE="])
def test_what_is_no_signature_does_not_hold(algorithm: str, signature: str) -> None:
    key = signatures.private_key(signatures.generate(algorithm))
    assert not signatures.is_signed(algorithm, signatures.in_base64(key.public), TEXT, signature)


@each
@pytest.mark.parametrize("public_key", ["", "no base64", "AAAA", "eHh4" * 30])
def test_what_is_no_key_is_said(algorithm: str, public_key: str) -> None:
    with pytest.raises(BadKey, match="it is no"):
        signatures.check_key(algorithm, public_key)


@pytest.mark.parametrize(("algorithm", "another"), [(ED25519, SM2), (SM2, ED25519)])
def test_key_of_another_algorithm_is_refused(algorithm: str, another: str) -> None:
    key = signatures.private_key(signatures.generate(another))
    with pytest.raises(BadKey):
        signatures.check_key(algorithm, signatures.in_base64(key.public))


def test_no_private_key_is_said() -> None:
    with pytest.raises(
        BadKey, match=r"^it is no private key in PEM without a password of ed25519 or sm2-sm3$"
    ):
        signatures.private_key(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")


def test_ed25519_is_that_of_its_standard() -> None:
    """RFC 8032, 7.1, test 3."""
    prefix = "302a300506032b6570032100"  # SubjectPublicKeyInfo of RFC 8410
    public = bytes.fromhex(prefix + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    given = signatures.in_base64(public), bytes.fromhex("af82"), signatures.in_base64(signature)
    assert signatures.is_signed(ED25519, *given)


def test_sm2_is_that_of_its_standard() -> None:
    """Signed by the library, verified by the equations of GB/T 32918.2, with Z of the default signer id."""
    key = signatures.private_key(signatures.generate(SM2))
    signature = key.sign(TEXT)
    assert holds(key.public, TEXT, signature)
    assert not holds(key.public, TEXT + b" ", signature)
    assert hashlib.new("sm3", b"abc").hexdigest().startswith("66c7f0f462eeedd9")  # GB/T 32905, example 1


def test_without_its_library_sm2_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    sm2 = signatures.generate(SM2)
    ed25519 = signatures.generate(ED25519)
    monkeypatch.delitem(sys.modules, "gateway.signatures.sm2")
    monkeypatch.setitem(sys.modules, "tongsuopy.crypto", None)
    with pytest.raises(NotAvailable, match=r'pip install "gateway\[sm2\]"'):
        signatures.check_key(SM2, "AAAA")
    with pytest.raises(BadKey, match=r"for another: sm2-sm3 needs the library tongsuopy"):
        signatures.private_key(sm2)
    assert signatures.private_key(ed25519).algorithm == ED25519
