"""The definitions that were accepted, kept as the files they were: `<data folder>/definitions/`.

`<digest>/` is one whole set of files, named by its content; it appears by a rename and is never changed.
`accepted.json` names the one that runs, `refused.json` tells of files that were refused since. Old sets stay:
a decision can be reproduced with the definitions of its number. One process of a machine leads, by the
lock on `lead`: it alone accepts; the others follow what it wrote.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from gateway.definition_files import folders, reading
from gateway.definition_files.codes import Code
from gateway.definition_files.folders import Snapshot
from gateway.definition_files.meanings import found
from gateway.definition_files.succession import Accepted
from gateway.errors import DefinitionError, Finding

MOST_TOLD: Final = 50
"""So many findings of a refusal are written down; `gateway check` tells all."""


@dataclass(frozen=True)
class Refused:
    """Files that were refused. digest: theirs, empty if those that lie there now are not refused.

    since: seconds since the epoch, of the first refusal in a row. times: how often files were refused here.
    """

    digest: str
    since: float
    times: int
    findings: tuple[str, ...]


class Store:
    """The accepted definitions of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "definitions"
        self._lock: TextIO | None = None

    def lead(self) -> bool:
        """Whether this process is the one that accepts; once it is, until `close` or its end."""
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / "lead").open("w")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
                return False
            self._lock = handle
        return True

    def close(self) -> None:
        """Lead no longer."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def accepted(self) -> Accepted | None:
        """What was accepted last, None if nothing was. Raises `DefinitionError` if it cannot be read."""
        found = self._read("accepted.json")
        if found is None:
            return None
        marks = {path: (version, digest) for path, (version, digest) in found["agreements"].items()}
        return Accepted(found["number"], found["digest"], marks)

    def root(self, accepted: Accepted) -> Path:
        """The folder that holds these definitions as they were."""
        return self.folder / accepted.digest

    def accept(self, files: Snapshot, accepted: Accepted) -> None:
        """Keep these files; once this returns they are what runs, whatever happens."""
        self._keep(files, self.root(accepted))
        agreements = {path: list(mark) for path, mark in sorted(accepted.agreements.items())}
        content = {"number": accepted.number, "digest": accepted.digest, "agreements": agreements}
        self._write("accepted.json", content)
        self.withdraw()

    def refused(self) -> Refused | None:
        """The files that were refused since the last acceptance; their digest is empty if none were."""
        found = self._read("refused.json")
        if found is None:
            return None
        return Refused(found["digest"], found["since"], found["times"], tuple(found["findings"]))

    def refuse(self, digest: str, findings: Iterable[Finding], now: float) -> bool:
        """Note that these files are refused; whether that is news."""
        before = self.refused()
        if before is not None and before.digest == digest:
            return False
        since = before.since if before is not None and before.digest else now
        told = tuple(str(finding) for finding in findings)[:MOST_TOLD]
        self._note(Refused(digest, since, (before.times if before else 0) + 1, told))
        return True

    def withdraw(self) -> None:
        """The files that lie there are those that were accepted."""
        before = self.refused()
        if before is not None and before.digest:
            self._note(Refused("", 0.0, before.times, ()))

    def _note(self, refused: Refused) -> None:
        self._write(
            "refused.json",
            {
                "digest": refused.digest,
                "since": refused.since,
                "times": refused.times,
                "findings": list(refused.findings),
            },
        )

    def _keep(self, files: Snapshot, folder: Path) -> None:
        if folder.is_dir():
            return
        part = self.folder / f"{folder.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        for path, content in files.items():
            target = part / path
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_through(target, content)
        part.rename(folder)
        _sync(self.folder)

    def _read(self, name: str) -> Any:
        path = self.folder / name
        try:
            return json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            sentence = (
                f"the file is damaged ({error}). Move it away: the definitions are then taken as for the "
                "first time, whatever their number."
            )
            damaged = found(str(path.absolute()), 1, 1, sentence, Code.NOT_KEPT)
            raise DefinitionError((damaged,)) from error

    def _write(self, name: str, content: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{name}.part"
        _write_through(part, json.dumps(content, indent=1, ensure_ascii=False).encode())
        part.rename(self.folder / name)
        _sync(self.folder)


def is_whole(folder: Path, digest: str) -> bool:
    """Whether a kept set of files is still what it was."""
    return folder.is_dir() and folders.digest(folders.snapshot(folder)) == digest


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a rename in this folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def roots_by_number(root: Path, data_dir: Path) -> dict[int, Path]:
    """Where the definitions of each number lie: sets that were accepted here, and the folder itself."""
    kept = sorted((data_dir / "definitions").glob("*/"), key=lambda folder: folder.stat().st_mtime)
    found: dict[int, Path] = {}
    for folder in (root, *kept):
        number = _number(folder)
        if number is not None:
            found[number] = folder
    return found


def _number(folder: Path) -> int | None:
    """The number that a set of definition files names itself by."""
    try:
        document, _ = reading.read(folders.NUMBER, (folder / folders.NUMBER).read_bytes())
    except OSError:
        return None
    value = document.value if document is not None else None
    number = value.get("number") if isinstance(value, dict) else None
    return number if isinstance(number, int) else None
