"""What may follow the definitions that were accepted last.

The number of the whole rises, the version of every agreement that was changed rises; also that of one that
was taken out and comes back. A running gateway takes no other contracts: their decoders are code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway import signatures
from gateway.definition_files import folders, signing
from gateway.definition_files.codes import Code, found
from gateway.definition_files.loading import Loaded
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


def accepted(loaded: Loaded, before: Accepted | None) -> Accepted:
    """What is to be remembered of these. Raises `signatures.NotCanonical`."""
    marks = {} if before is None else dict(before.agreements)
    marks.update((text.path, _mark(text)) for text in loaded.texts if text.path != folders.NUMBER)
    return Accepted(loaded.definitions.number, loaded.definitions.digest, marks)


def refusals(loaded: Loaded, before: Accepted) -> Iterator[Finding]:
    """Why these may not follow what was accepted before; nothing if they may."""
    texts = {text.path: text for text in loaded.texts}
    number = loaded.definitions.number
    if number <= before.number:
        yield texts[folders.NUMBER].finding(
            ("number",),
            f"{number} does not rise above {before.number}, which was accepted last; "
            "each change of any file raises it.",
            Code.NOT_RISING,
        )
    for path, (version, digest) in before.agreements.items():
        text = texts.get(path)
        if text is None:
            continue
        now, current = _mark(text)
        if current != digest and now <= version:
            yield text.finding(
                ("version",),
                f"the agreement is another than the version {version} that was accepted; {now} does not rise "
                "above it. Raise it; both regions sign the new version.",
                Code.NOT_RISING,
            )


def restart_needed(contracts: tuple[Contract, ...], running: tuple[Contract, ...]) -> Iterator[Finding]:
    """Why a running gateway cannot take these contracts."""
    now = {(contract.name, contract.version): contract.schema for contract in running}
    then = {(contract.name, contract.version): contract.schema for contract in contracts}
    for name, version in sorted({key for key in {*now, *then} if now.get(key) != then.get(key)}):
        message = "contracts are read at the start only: stop the gateway and start it with these files."
        yield found(f"avro/{name}/v{version}.avsc", 1, 1, message, Code.RESTART_NEEDED)


def _mark(text: Document) -> Mark:
    return signing.version_of(text), signing.digest(text)


def unmarkable(loaded: Loaded) -> Iterator[Finding]:
    """Agreements without a canonical text: they could not be told from their next version."""
    for text in loaded.texts:
        try:
            signatures.canonical(text.value)
        except signatures.NotCanonical as fault:
            yield text.finding((), f"it has no canonical text: {fault}.", Code.SIGNATURE)
