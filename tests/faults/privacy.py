"""I16: strings planted in every personal field, and the search for them wherever nothing personal may be."""

import base64
from pathlib import Path
from urllib.parse import quote

from tests.faults.evidence import Evidence
from tests.faults.findings import Finding

TEXT = "金丝雀Zq9Canary"
"""For fields that take any text."""
CODE = "Zq9Canary"
"""For fields of letters and digits."""
UPPER = "ZQ9CANARY"
"""For licence identifiers."""
DIGITS = "13975318642"
"""For telephone numbers."""
SALT = b"Zq9Salt\x80"
"""The first half of every salt and digest: personal too, and no text."""
CORES = (TEXT.encode(), CODE.encode(), UPPER.encode(), DIGITS.encode(), SALT)
LABELS = ("text", "code", "licence id", "telephone number", "salt")


def forms(core: bytes) -> set[bytes]:
    """A string as it stands, in hex, percent-coded, as a JSON escape, and in base64 at each alignment."""
    found = {core, core.hex().encode(), core.hex().upper().encode(), quote(core).encode()}
    found.add("".join(f"%{byte:02X}" for byte in core).encode())
    text = core.decode(errors="replace")
    if not text.isascii():
        found.add(text.encode("ascii", "backslashreplace"))
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + core)
        # Only the characters that no neighbour has a share in.
        first, last = (0, 2, 3)[shift], (len(core) + shift) * 8 // 6
        found |= {coded[first:last], coded[first:last].translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def search(named: dict[str, bytes]) -> list[str]:
    """One sentence for each form that is found."""
    needles = [
        (label, form) for label, core in zip(LABELS, CORES, strict=True) for form in sorted(forms(core))
    ]
    return [
        f"{name}: the planted {label} as {form[:40]!r} at byte {blob.index(form)}"
        for name, blob in named.items()
        for label, form in needles
        if form in blob
    ]


def nothing_personal(found: Evidence, others: dict[str, bytes]) -> Finding:
    """I16. others: logs, metrics, local files, web views, by name."""
    finding = Finding("I16", "nothing personal")
    published = b"\0".join(outboxed.value for outboxed in found.outboxes.values())
    for label, core in zip(LABELS, CORES, strict=True):
        finding.expect(core in published, f"no {label} was planted: nothing is shown")
    searched = {topic: b"\0".join(kept) for topic, kept in found.written.items()} | others
    finding.wrong += search(searched)
    size = sum(map(len, searched.values()))
    finding.counted = f"{len(searched)} places, {size / 1e6:.0f} MB, {len(CORES)} planted strings"
    return finding


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
