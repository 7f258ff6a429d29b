"""Decoders with planted faults: what the fuzzer must find, or it proves nothing."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from gateway.codec import DECODERS
from gateway.errors import Reason, Refused
from tests.hostile.bodies import Key
from tests.hostile.judging import Decode

Fault = Callable[[bytes], None]


def with_fault(fault: Fault) -> dict[Key, Decode]:
    """All decoders; what is neither good nor rare meets the fault first."""

    def faulty(decode: Decode) -> Decode:
        def decode_faultily(body: bytes) -> Any:
            if len(body) % 50 == 7:
                fault(body)
            return decode(body)

        return decode_faultily

    return {key: faulty(decode) for key, decode in DECODERS.items()}


def tolerant(decode: Decode) -> Decode:
    """Takes bytes behind the record for no harm."""

    def decode_tolerantly(body: bytes) -> Any:
        for end in range(len(body), max(0, len(body) - 60), -1):
            try:
                return decode(body[:end])
            except Refused as refusal:
                if refusal.reason is not Reason.TRAILING_BYTES:
                    raise
        return decode(body)

    return decode_tolerantly


def _raise(body: bytes) -> None:
    raise IndexError(len(body))


def _work(body: bytes) -> None:
    end = time.thread_time_ns() + 6_000_000
    while time.thread_time_ns() < end:
        pass


_kept: list[bytes] = []


def _keep(body: bytes) -> None:
    if not _kept:
        _kept.append(b"\x01" * (300 << 20))


RAISING: Final = with_fault(_raise)
SLOW: Final = with_fault(_work)
HUNGRY: Final = with_fault(_keep)
RAVENOUS: Final = with_fault(lambda body: _kept.append(bytes(1 << 31)))
DYING: Final = with_fault(lambda body: os.kill(os.getpid(), signal.SIGSEGV))
ENDLESS: Final = with_fault(lambda body: time.sleep(3600))
TOLERANT: Final = {key: tolerant(decode) for key, decode in DECODERS.items()}
