"""How a process of ours writes its log."""

import logging
import sys

from gateway.calm import Calm


def log_plainly(prefix: str) -> None:
    """One line per event on standard error: time, part, level, message. No personal value is ever logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Calm())
    logging.basicConfig(
        handlers=[handler],
        level=logging.INFO,
        format=f"%(asctime)s {prefix} %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
    for library in ("faust", "mode", "aiokafka", "rocksdict"):
        logging.getLogger(library).setLevel(logging.WARNING)
