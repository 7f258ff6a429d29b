"""The two builds of the line, each in a folder of its own: the same files, interpreted and compiled."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.definitions import ROOT

PURE: Final = ROOT / "build" / "bench" / "pure"
NATIVE: Final = ROOT / "build" / "bench" / "native"


def pure() -> Path:
    """A copy without what `make native` may have compiled in place."""
    shutil.rmtree(PURE, ignore_errors=True)
    shutil.copytree(ROOT / "gateway", PURE / "gateway", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return PURE


def native() -> str:
    """Make the compiled copy. Returns why there is none, where that is so."""
    command = [sys.executable, str(ROOT / "ops" / "native.py"), "--into", str(NATIVE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaint = (done.stderr or done.stdout).strip().splitlines() or ["it did not say why"]
    return "" if done.returncode == 0 else f"the core could not be compiled: {complaint[-1]}"
