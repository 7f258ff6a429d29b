"""Values that come again and again, read or written once and remembered.

Names of regions, items, licence types, fields, departments and rules come from short lists, though no
schema says which. Looking one up costs one dict access instead of a check of every letter. What is
remembered is a pure function of its key, so nothing here decides anything; a memory that is full, of
whatever a publisher invents, learns no more and the values still come out right.
"""

from collections.abc import Callable
from typing import Final

from librt.strings import BytesWriter

from gateway.codec.reading import Alphabet, matches
from gateway.codec.writing import SOME, write_text

ROOM: Final = 4096
"""At most so many values of one form are remembered: under 1 MB each."""


def is_any(_identifier: str) -> bool:
    """No check beyond the alphabet."""
    return True


class Readable(dict[bytes, str]):
    """Identifiers of one form, by their bytes; raises KeyError for bytes that are not of this form."""

    def __init__(self, alphabet: Alphabet, is_right: Callable[[str], bool] = is_any) -> None:
        self.alphabet = alphabet
        self.is_right = is_right

    def __missing__(self, letters: bytes) -> str:
        if not matches(letters, self.alphabet):
            raise KeyError
        identifier = letters.decode()
        if not self.is_right(identifier):
            raise KeyError
        if len(self) < ROOM:
            self[letters] = identifier
        return identifier


class Written(dict[str, bytes]):
    """Texts as Avro writes them, of at most `most` bytes; raises ValueError for a longer one."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __missing__(self, text: str) -> bytes:
        out = BytesWriter()
        write_text(out, text, self.most, "a name")
        written = out.getvalue()
        if len(self) < ROOM:
            self[text] = written
        return written


class WrittenSome(dict[str, bytes]):
    """Texts as Avro writes a [null, string] that is not null, at most `most` bytes of text.

    Null itself is not looked up here: a table with other keys than texts is a slower one.
    """

    def __init__(self, most: int) -> None:
        self.most = most

    def __missing__(self, text: str) -> bytes:
        out = BytesWriter()
        out.append(SOME)
        write_text(out, text, self.most, "a name")
        written = out.getvalue()
        if len(self) < ROOM:
            self[text] = written
        return written
