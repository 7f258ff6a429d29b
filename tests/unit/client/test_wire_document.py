"""docs/wire.md says what the code does; README.md shows the example that the tests run."""

import re

from gateway.client import GatewayHeader, unpack
from gateway.client.records import pack
from gateway.codec import ApplicationProgressed
from gateway.identifiers import slot_of
from tests.world import ROOT

TEXT = (ROOT / "docs" / "wire.md").read_text()


def test_example_event_is_what_the_encoder_writes() -> None:
    lines = re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+) ", TEXT, re.MULTILINE)
    value = bytes.fromhex("".join(lines))
    event = unpack(value)
    assert isinstance(event, ApplicationProgressed)
    assert (event.source, event.state, event.promise_working_days) == ("zhejiang", "TAKEN_OVER", 5)
    assert pack(event) == value
    assert f"{len(value)} bytes" in TEXT


def test_example_bytes_are_read_one_after_another() -> None:
    dump = "".join(re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+) ", TEXT, re.MULTILINE)).split()
    at = 0
    for first, last in re.findall(r"^\| `((?:[0-9a-f]{2} ?)+)(?:… ([0-9a-f ]+))?` \|", TEXT, re.MULTILINE):
        start, end = first.split(), last.split()
        assert dump[at : at + len(start)] == start
        at += len(start)
        if end:
            while dump[at : at + len(end)] != end:
                at += 1
            at += len(end)
    assert at == len(dump)


def test_partition_vectors_hold() -> None:
    row = r"^\| `([0-9-]+)` \| (\d+) \| `([0-9a-f]{8})` \| (\d+) \| (\d+) \|$"
    rows = re.findall(row, TEXT, re.MULTILINE)
    assert len(rows) == 6
    for case_id, size, murmur2, of_12, of_4 in rows:
        assert len(case_id) == int(size)
        assert slot_of(case_id, 1 << 31) == int(murmur2, 16) & 0x7FFFFFFF
        assert (slot_of(case_id, 12), slot_of(case_id, 4)) == (int(of_12), int(of_4))


def test_example_header_is_read() -> None:
    [line] = re.findall(r"^1 [a-z].*$", TEXT, re.MULTILINE)
    header = GatewayHeader.parse(line.encode())
    assert (header.offset, header.recognised, header.number) == (88123, True, 2)


def test_readme_shows_the_example_of_ten_lines() -> None:
    program = (ROOT / "examples" / "python" / "verify.py").read_text()
    assert len([line for line in program.splitlines() if line.strip()]) == 10
    assert f"```python\n{program}```" in (ROOT / "README.md").read_text()
