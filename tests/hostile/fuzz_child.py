"""The child of `fuzz`: judges portions and prints one JSON line for each.

Its memory is bounded. Before each body it notes in a shared file which one comes now, so that its parent
can name the body even if this process dies of it.
"""

import argparse
import faulthandler
import gc
import json
import mmap
import resource
import struct
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.hostile import portions
from tests.hostile.bodies import Key
from tests.hostile.judging import Decode, Judge

MAX_ADDRESS_SPACE: Final = 1 << 30
"""What this process may ask for at all; more is a MemoryError, which leaves the decoder and is seen."""
PLACE: Final = struct.Struct("<qq")
"""Portion and number of the body within it."""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--first", type=int, required=True)
    words.add_argument("--last", type=int, required=True)
    words.add_argument("--place", type=Path, required=True)
    words.add_argument("--decoders", required=True, help="module:name of a table like gateway.codec:DECODERS")
    given = words.parse_args()
    faulthandler.enable()
    decoders = decoders_at(given.decoders)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_SPACE, MAX_ADDRESS_SPACE))
    gc.freeze()  # what is loaded by now is not looked through again inside a measurement
    with given.place.open("r+b") as file, mmap.mmap(file.fileno(), PLACE.size) as place:
        for portion in range(given.first, given.last + 1):
            sys.stdout.write(judged(given.seed, portion, decoders, place) + "\n")
            sys.stdout.flush()


def judged(seed: int, portion: int, decoders: Mapping[Key, Decode], place: mmap.mmap) -> str:
    """Judge one portion; what was seen, as JSON."""
    judge = Judge(decoders)
    key = portions.key_of(portion)
    complaints = []
    for number, body in enumerate(portions.bodies(seed, portion)):
        PLACE.pack_into(place, 0, portion, number)
        complaint = judge.complaint(key, body)
        if complaint is not None:
            complaints.append([number, complaint])
    seen = {"portion": portion, "rss_mb": rss_mb(), "complaints": complaints, "tally": vars(judge.tally)}
    return json.dumps(seen)


def decoders_at(place: str) -> Mapping[Key, Decode]:
    module, _, name = place.partition(":")
    found: Mapping[Key, Decode] = getattr(import_module(module), name)
    return found


def rss_mb() -> float:
    """The most memory this process ever had. getrusage would count what its parent had before the exec."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
