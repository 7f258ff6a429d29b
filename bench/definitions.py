"""The shipped definitions, with daily caps no benchmark reaches."""

import re
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CATALOGUE: Final = ROOT / "build" / "bench" / "definitions"
MORE: Final = 1000


def prepare() -> Path:
    """Copy topics/, avro/ and regions/ to build/ and raise each daily cap a thousandfold."""
    shutil.rmtree(CATALOGUE, ignore_errors=True)
    CATALOGUE.mkdir(parents=True)
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, CATALOGUE / folder)
    for path in (CATALOGUE / "regions" / "agreements").glob("*.yaml"):
        text = path.read_text()
        path.write_text(
            re.sub(r"(daily_cap: )(\d+)", lambda found: f"{found[1]}{int(found[2]) * MORE}", text)
        )
    return CATALOGUE
