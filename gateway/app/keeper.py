"""Which definitions run here: the files that lie there once they are accepted, else those accepted last.

Every few seconds the files are read. When they are others than the accepted ones and have stood still for
one look, they are checked whole: each file, signatures, examples, and whether they may follow. Accepted, they
are kept (`definition_files.store`) and handed over; refused, the last accepted ones go on, and log and
metrics say why. Of all processes that share a data folder one does this; the others follow what it accepted.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway import broker, definition_files
from gateway.app import examples
from gateway.definition_files import Accepted, Code, Loaded, Refused, Snapshot, Store
from gateway.definitions import Definitions
from gateway.errors import BrokerFault, DefinitionError, Finding
from gateway.settings import Settings

log = logging.getLogger("gateway.definitions")

FOLLOW_SECONDS: Final = 60.0
"""How long a process waits at its start for the one that leads to accept something."""
ASK_AGAIN_LOOKS: Final = 10
"""Files that only wait for the brokers are checked again after so many looks."""
MOST_LOGGED: Final = 20

Lacking = Callable[[Definitions], tuple[Finding, ...]]
"""What the brokers still lack for these definitions; may raise `BrokerFault`."""


class Keeper:
    """The definitions of one process. lacking: asked before a running gateway takes new ones."""

    def __init__(self, root: Path, data_dir: Path, lacking: Lacking, look_seconds: float = 2.0) -> None:
        self._root = root
        self._store = Store(data_dir)
        self._lacking = lacking
        self._look_seconds = look_seconds
        self._running: Definitions | None = None
        self._fresh: Definitions | None = None
        self._moving = ""
        self._passed_over = ""
        self._ask_again_at: float | None = None

    @property
    def running(self) -> Definitions:
        """Those of `start`, then each that was handed over."""
        assert self._running is not None
        return self._running

    def start(self) -> Definitions:
        """What this process begins with.

        Raises `DefinitionError` where the files are wrong and nothing was accepted before.
        """
        until = time.monotonic() + FOLLOW_SECONDS
        while not self._store.lead():
            accepted = self._store.accepted()
            if accepted is not None:
                self._running = self._kept(accepted)
                return self._running
            if time.monotonic() > until:
                sentence = f"another process leads here and accepted nothing for {FOLLOW_SECONDS:.0f} s."
                folder = str(self._store.folder)
                raise DefinitionError((definition_files.found(folder, 1, 1, sentence, Code.NOT_KEPT),))
            time.sleep(0.1)
        self._running = self._lead_start()
        return self._running

    @contextmanager
    def watching(
        self,
        changed: Callable[[Definitions], None] = lambda _: None,
        refused: Callable[[Refused | None], None] = lambda _: None,
    ) -> Iterator[None]:
        """Look at the files in a thread until the end.

        changed: takes new definitions; a `BrokerFault` of it is tried again. refused: told at every look.
        """
        stopping = threading.Event()

        def watch() -> None:
            while not stopping.wait(self._look_seconds):
                self.look(changed)
                refused(self._store.refused())

        refused(self._store.refused())
        thread = threading.Thread(target=watch, name="definitions", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(self._look_seconds)
            self.close()

    def close(self) -> None:
        """Lead no longer; another process may."""
        self._store.close()

    def look(self, changed: Callable[[Definitions], None]) -> None:
        """Look once: if this process leads, accept or refuse what lies there; follow what was accepted."""
        try:
            if self._store.lead():
                self._consider()
            self._follow(changed)
        except (OSError, BrokerFault) as fault:
            log.warning("definitions are looked at again: %s", fault)

    # Leading

    def _lead_start(self) -> Definitions:
        before = self._store.accepted()
        digest = ""
        try:
            files = definition_files.snapshot(self._root)
            digest = definition_files.digest(files)
            loaded = definition_files.loaded(files)
            if before is None or digest != before.digest:
                accepted, wrong = _successor(loaded, before)
                self._accept(files, accepted, wrong)
            self._store.withdraw()
        except DefinitionError as refused:
            if before is None:
                raise
            self._refuse(digest or str(refused), refused.findings, before)
            return self._kept(before)
        return loaded.definitions

    def _consider(self) -> None:
        before = self._store.accepted()
        if before is None:
            return
        try:
            files = definition_files.snapshot(self._root)
        except DefinitionError as wrong:
            self._refuse(str(wrong), wrong.findings, before)
            return
        digest = definition_files.digest(files)
        if digest == before.digest:
            self._store.withdraw()
            self._moving = ""
        elif self._is_due(digest):
            self._judge(files, digest, before, self.running)

    def _is_due(self, digest: str) -> bool:
        """Whether files that differ stood still for one look and were not refused already."""
        refused = self._store.refused()
        if refused is not None and refused.digest == digest:
            return self._ask_again_at is not None and time.monotonic() >= self._ask_again_at
        stands_still, self._moving = digest == self._moving, digest
        return stands_still

    def _judge(self, files: Snapshot, digest: str, before: Accepted, running: Definitions) -> None:
        self._ask_again_at = None
        try:
            loaded = definition_files.loaded(files)
            contracts = definition_files.restart_needed(loaded.definitions.contracts, running.contracts)
            accepted, wrong = _successor(loaded, before)
            wrong = (*wrong, *contracts)
            lacking = () if wrong else self._lacking(loaded.definitions)
            if lacking:
                self._ask_again_at = time.monotonic() + ASK_AGAIN_LOOKS * self._look_seconds
            self._accept(files, accepted, (*wrong, *lacking))
            self._fresh = loaded.definitions
        except DefinitionError as refused:
            self._refuse(digest, refused.findings, before)

    def _accept(self, files: Snapshot, accepted: Accepted, wrong: tuple[Finding, ...]) -> None:
        if wrong:
            raise DefinitionError(wrong)
        self._store.accept(files, accepted)
        log.info("definitions %d (%s) are accepted", accepted.number, accepted.digest[:12])

    def _refuse(self, digest: str, findings: tuple[Finding, ...], before: Accepted) -> None:
        if not self._store.refuse(digest, findings, time.time()):
            return
        log.error(
            "the definitions in %s are REFUSED, definitions %d (%s) go on; %d findings:",
            self._root.absolute(),
            before.number,
            before.digest[:12],
            len(findings),
        )
        for finding in findings[:MOST_LOGGED]:
            log.error("  %s", finding)

    # Following

    def _follow(self, changed: Callable[[Definitions], None]) -> None:
        accepted, running = self._store.accepted(), self.running
        if accepted is None or accepted.digest in (running.digest, self._passed_over):
            return
        fresh, self._fresh = self._fresh, None
        new = fresh if fresh is not None and fresh.digest == accepted.digest else self._kept(accepted)
        if any(definition_files.restart_needed(new.contracts, running.contracts)):
            self._passed_over = accepted.digest
            log.warning("definitions %d have other contracts: this process must be restarted", new.number)
            return
        changed(new)
        self._running = new

    def _kept(self, accepted: Accepted) -> Definitions:
        root = self._store.root(accepted)
        if not definition_files.is_whole(root, accepted.digest):
            sentence = f"the kept definitions {accepted.number} were changed or are not there."
            changed = definition_files.found(str(root.absolute()), 1, 1, sentence, Code.NOT_KEPT)
            raise DefinitionError((changed,))
        return definition_files.load(root)


def of(settings: Settings, lacking: Lacking | None = None) -> Keeper:
    """The keeper of an installation; nothing is read yet."""
    return Keeper(
        settings.definitions_root,
        settings.data_dir,
        lacking or _topics_lacking(settings),
        settings.definitions_look_seconds,
    )


def _topics_lacking(settings: Settings) -> Lacking:
    """Which topics the brokers lack for new definitions; the embedded broker makes what is named."""

    def asked(definitions: Definitions) -> tuple[Finding, ...]:
        names = [topic.name for topic in definitions.topics]
        there = (
            names if settings.embedded else broker.found(broker.connect(settings.kafka.librdkafka()), names)
        )
        return tuple(
            definition_files.found(
                "topics",
                1,
                1,
                f"{name} is not on the brokers: run `gateway topics apply`; these files are then taken by "
                "themselves.",
                Code.TOPIC_MISSING,
            )
            for name in names
            if name not in there
        )

    return asked


def _successor(loaded: Loaded, before: Accepted | None) -> tuple[Accepted, tuple[Finding, ...]]:
    """What is to be remembered of files without findings, and what is wrong with them all the same."""
    accepted, wrong = definition_files.successor(loaded, before)
    return accepted, (*wrong, *examples.of(loaded))
