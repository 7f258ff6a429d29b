"""A memory that is full learns no more, and what it says stays right."""

import pytest
from librt.strings import BytesWriter

from gateway.codec.reading import Alphabet
from gateway.codec.remembering import ROOM, Readable, Written, WrittenSome
from gateway.codec.writing import write_text

DIGITS = Alphabet("^[0-9]{1,6}$", 1, 6, b"0123456789", b"0123456789")
MORE_THAN_IT_HOLDS = range(ROOM + 10)


def test_identifiers_are_read_right_by_a_full_memory() -> None:
    memory = Readable(DIGITS)
    for _ in range(2):
        assert all(memory[str(number).encode()] == str(number) for number in MORE_THAN_IT_HOLDS)
    assert len(memory) == ROOM
    with pytest.raises(KeyError):
        memory[b"12a"]


def test_texts_are_written_right_by_a_full_memory() -> None:
    memory, some = Written(6), WrittenSome(6)
    for _ in range(2):
        for number in MORE_THAN_IT_HOLDS:
            out = BytesWriter()
            write_text(out, str(number), 6, "a number")
            assert memory[str(number)] == out.getvalue()
            assert some[str(number)] == b"\x02" + out.getvalue()
    assert (len(memory), len(some)) == (ROOM, ROOM)
    for full in (memory, some):
        with pytest.raises(ValueError, match="at most 6"):
            full["1234567"]
