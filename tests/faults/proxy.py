"""A Kafka proxy that does to chosen requests what networks do: holds, loses, cuts, answers wrongly.

It stands at the address that the broker's second listener tells clients, so every request of theirs
passes here. A frame is 4 bytes of length, then for a request api key, version and correlation id.
"""

import asyncio
import contextlib
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

PRODUCE: Final = 0
FETCH: Final = 1
HEARTBEAT: Final = 12
INIT_PRODUCER_ID: Final = 22
ADD_PARTITIONS_TO_TXN: Final = 24
ADD_OFFSETS_TO_TXN: Final = 25
END_TXN: Final = 26
TXN_OFFSET_COMMIT: Final = 28

UNKNOWN_SERVER_ERROR: Final = -1
GROUP_AUTHORIZATION_FAILED: Final = 30
"""An answer after which a client gives the transaction up at once."""


@dataclass
class Fault:
    """What happens to `times` requests with this api key, one out of `every`.

    act: "hold" passes it on after `seconds`, or after `release`, and the connection waits;
    "late" cuts the connection and passes the request on after that, on another one;
    "swallow" passes it on and loses the answer; "cut" loses the connection in place of the request;
    "refuse" answers `error` without passing it on; "falsify" passes it on and answers `error`.
    """

    key: int
    act: str
    seconds: float = 0.0
    error: int = UNKNOWN_SERVER_ERROR
    times: int = 1
    every: int = 1
    released: threading.Event | None = None
    seen: int = 0
    met: int = 0

    def release(self) -> None:
        """Let go what is held."""
        if self.released is not None:
            self.released.set()

    def takes(self, key: int) -> bool:
        """Whether this request is the one; counts it."""
        if key != self.key or self.met >= self.times:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.met += 1
        return True


@dataclass
class Proxy:
    """Runs in a thread of its own between `with` and its end."""

    listens: int
    upstream: int
    delay_seconds: float = 0.0
    """Added to every request."""
    faults: list[Fault] = field(default_factory=list)
    seen: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    """What was done to requests, by act and api key."""

    def __enter__(self) -> "Proxy":
        self._clients: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="proxy")
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        for fault in self.faults:
            fault.release()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def add(self, fault: Fault) -> Fault:
        """From now on, until it was met often enough."""
        self.faults.append(fault)
        return fault

    def cut_all(self) -> None:
        """Reset every connection."""
        self._loop.call_soon_threadsafe(self._cut_all)

    def _cut_all(self) -> None:
        self.done["cut all"] += 1
        for client in list(self._clients):
            client.transport.abort()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.listens, limit=1 << 26)
        )
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # aborted transports are let go in the next turn
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the proxy ends; asyncio would complain
                await self._pass_on(reader, client)
        finally:
            client.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, broker = await asyncio.open_connection("127.0.0.1", self.upstream, limit=1 << 26)
        except OSError:
            client.transport.abort()  # the broker is away, as a client of it would see
            return
        self._clients.add(client)
        spoilt: dict[int, Fault] = {}
        back = asyncio.create_task(self._answers(answers, client, spoilt))
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    frame = await _frame(reader)
                    await self._request(frame, client, broker, spoilt)
            if reader.at_eof():
                await asyncio.sleep(0.5)  # what a dead client sent still reaches the broker
        finally:
            self._clients.discard(client)
            back.cancel()
            broker.transport.abort()

    async def _request(
        self,
        frame: bytes,
        client: asyncio.StreamWriter,
        broker: asyncio.StreamWriter,
        spoilt: dict[int, Fault],
    ) -> None:
        key, _, correlation = struct.unpack(">hhi", frame[:8])
        self.seen[key] += 1
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        fault = next((fault for fault in self.faults if fault.takes(key)), None)
        if fault is None:
            _send(broker, frame)
            return
        self.done[f"{fault.act} {key}"] += 1
        if fault.act == "hold":
            await _wait(fault)
            _send(broker, frame)
        elif fault.act == "late":
            task = asyncio.create_task(self._pass_late(frame, fault))
            self._tasks.add(task)
            client.transport.abort()
        elif fault.act == "cut":
            client.transport.abort()
        elif fault.act == "refuse":
            _send(client, struct.pack(">iih", correlation, 0, fault.error))
        else:
            spoilt[correlation] = fault
            _send(broker, frame)

    async def _answers(
        self, answers: asyncio.StreamReader, client: asyncio.StreamWriter, spoilt: dict[int, Fault]
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frame = await _frame(answers)
                fault = spoilt.pop(int.from_bytes(frame[:4], "big"), None)
                if fault is not None and fault.act == "swallow":
                    continue
                if fault is not None:  # throttle time, then the error code, as in EndTxn and AddOffsetsToTxn
                    frame = frame[:8] + struct.pack(">h", fault.error) + frame[10:]
                _send(client, frame)
        client.transport.abort()

    async def _pass_late(self, frame: bytes, fault: Fault) -> None:
        await _wait(fault)
        answers, broker = await asyncio.open_connection("127.0.0.1", self.upstream)
        _send(broker, frame)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                answer = await _frame(answers)
                (error,) = struct.unpack(">h", answer[8:10])
                self.done[f"late {fault.key} answered {error}"] += 1
        finally:
            broker.transport.abort()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4), "big")
    return await reader.readexactly(length)


def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    if not writer.transport.is_closing():
        writer.write(len(frame).to_bytes(4, "big") + frame)


async def _wait(fault: Fault) -> None:
    if fault.released is None:
        await asyncio.sleep(fault.seconds)
    while fault.released is not None and not fault.released.is_set():
        await asyncio.sleep(0.01)
