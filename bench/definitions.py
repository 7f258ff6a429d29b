"""The shipped definitions, with daily caps no benchmark reaches."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CATALOGUE: Final = ROOT / "build" / "bench" / "definitions"
ACCEPTED: Final = ROOT / "build" / "bench" / "data" / "definitions"
FOLDERS: Final = ("topics", "avro", "regions")
MORE: Final = 1000


def prepare() -> Path:
    """The folders in build/, each daily cap a thousandfold, no forms of regions; made when they changed."""
    mark, stamp = _fingerprint(), CATALOGUE / "fingerprint"
    if stamp.exists() and stamp.read_text() == mark:
        return CATALOGUE
    shutil.rmtree(CATALOGUE, ignore_errors=True)
    shutil.rmtree(ACCEPTED, ignore_errors=True)  # the number is the same, and the older ones would run on
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, CATALOGUE / folder)
    for path in (CATALOGUE / "regions").glob("*/forms.yaml"):
        path.unlink()  # the peers hand over what they get: the job is the same for all
    for path in (CATALOGUE / "regions" / "agreements").glob("*.yaml"):
        text = path.read_text("utf-8")
        more = re.sub(r"(daily_cap: )(\d+)", lambda found: f"{found[1]}{int(found[2]) * MORE}", text)
        path.write_text(more, "utf-8")
    stamp.write_text(mark)
    return CATALOGUE


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
