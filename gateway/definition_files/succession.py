"""What may follow the definitions that were accepted last.

The number of the whole rises, the version of every agreement that was changed rises; also that of one that
was taken out and comes back. A running gateway takes no other contracts: their decoders are code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway import signatures
from gateway.definition_files import folders, signing
from gateway.definition_files.codes import Code
from gateway.definition_files.loading import Loaded
from gateway.definition_files.meanings import found
from gateway.definition_files.reading import Document
from gateway.definitions import Contract
from gateway.errors import Finding

Mark = tuple[int, str]
"""Version and digest of an agreement's canonical text."""


@dataclass(frozen=True)
class Accepted:
    """What is remembered of accepted definitions. agreements: by path, also those of earlier numbers."""

    number: int
    digest: str
    agreements: Mapping[str, Mark]


def successor(loaded: Loaded, before: Accepted | None) -> tuple[Accepted, tuple[Finding, ...]]:
    """What is to be remembered of these, and why they may not follow what was accepted before, if so."""
    wrong = [] if before is None else list(_number(loaded, before.number))
    marks = {} if before is None else dict(before.agreements)
    for text in loaded.texts:
        if text.path == folders.NUMBER:
            continue
        try:
            mark = signing.version_of(text), signing.digest(text)
        except signatures.NotCanonical as fault:  # it could not be told from its next version
            wrong.append(text.finding((), f"it has no canonical text: {fault}.", Code.SIGNATURE))
            continue
        wrong.extend(_version(text, mark, marks.get(text.path)))
        marks[text.path] = mark
    return Accepted(loaded.definitions.number, loaded.definitions.digest, marks), tuple(wrong)


def _number(loaded: Loaded, before: int) -> Iterator[Finding]:
    number = loaded.definitions.number
    if number <= before:
        [text] = (text for text in loaded.texts if text.path == folders.NUMBER)
        yield text.finding(
            ("number",),
            f"{number} does not rise above {before}, which was accepted last; "
            "each change of any file raises it.",
            Code.NOT_RISING,
        )


def _version(text: Document, now: Mark, before: Mark | None) -> Iterator[Finding]:
    if before is not None and now[1] != before[1] and now[0] <= before[0]:
        yield text.finding(
            ("version",),
            f"the agreement is another than the version {before[0]} that was accepted; {now[0]} does not "
            "rise above it. Raise it; both regions sign the new version.",
            Code.NOT_RISING,
        )


def restart_needed(contracts: tuple[Contract, ...], running: tuple[Contract, ...]) -> Iterator[Finding]:
    """Why a running gateway cannot take these contracts."""
    now = {(contract.name, contract.version): contract.schema for contract in running}
    then = {(contract.name, contract.version): contract.schema for contract in contracts}
    for name, version in sorted({key for key in {*now, *then} if now.get(key) != then.get(key)}):
        message = "contracts are read at the start only: stop the gateway and start it with these files."
        yield found(f"avro/{name}/v{version}.avsc", 1, 1, message, Code.RESTART_NEEDED)
