"""SM2 verification as GB/T 32918.2 (section 7) writes it, to hold a library against: slow and plain."""

import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SIGNER = b"1234567812345678"

Point = tuple[int, int] | None


def add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope**2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        total = add(total, point) if factor & 1 else total
        point, factor = add(point, point), factor >> 1
    return total


def sm3(*parts: bytes) -> bytes:
    return hashlib.new("sm3", b"".join(parts)).digest()


def holds(public: bytes, text: bytes, signature: bytes) -> bool:
    """public: SubjectPublicKeyInfo, whose last 64 bytes are the point. signature: DER of r and s."""
    key = int.from_bytes(public[-64:-32]), int.from_bytes(public[-32:])
    r_end = 4 + signature[3]
    r, s = int.from_bytes(signature[4:r_end]), int.from_bytes(signature[r_end + 2 :])
    curve = b"".join(number.to_bytes(32) for number in (A, B, *G, *key))
    z = sm3((8 * len(SIGNER)).to_bytes(2), SIGNER, curve)
    e, t = int.from_bytes(sm3(z, text)), (r + s) % N
    point = add(times(s, G), times(t, key))
    return 0 < r < N and 0 < s < N and t != 0 and point is not None and (e + point[0]) % N == r
