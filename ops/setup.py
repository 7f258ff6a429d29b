"""Make .venv from the lock: the packages of requirements/*.txt, each checked against its hash.

Run by `make setup`; needs Python 3.11 or newer and nothing else. Made afresh each time, so that what the
lock no longer names is gone. Quiet but for one line that counts, and the whole of pip's words if it fails.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = sorted((ROOT / "requirements").glob("*.txt"))
OLDEST = (3, 11)


def show(line, last=False):
    """One line that is written over on a terminal; elsewhere only its last state."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + line + ("\n" if last else ""))
    elif last:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


def make_venv():
    import venv  # not before the version is known to be right

    show("making .venv ...")
    try:
        venv.EnvBuilder(clear=True, with_pip=True).create(VENV)
    except (subprocess.CalledProcessError, ImportError):
        show("Python's venv cannot bring pip with it here (Debian: apt install python3-venv).", last=True)
        sys.exit(3)


def install():
    pins = [line for path in LOCK for line in path.read_text().splitlines() if "==" in line]
    total = len({pin.split("==")[0] for pin in pins})
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    pip += ["--require-hashes", "--progress-bar", "off"]
    for path in LOCK:
        pip += ["-r", str(path)]
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        seen = set()
        for line in process.stdout:
            words.write(line)
            if line.startswith("Collecting "):
                name = line.split()[1].split("==")[0]
                seen.add(name)
                show(f"fetching {len(seen)} of {total}: {name}")
            elif line.startswith("Installing"):
                show(f"installing {total} packages ...")
        if process.wait() != 0:
            words.seek(0)
            show(words.read() + "pip could not install the lock; what it said stands above.", last=True)
            sys.exit(1)
    return total


def main():
    if sys.version_info[:2] < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        show(
            f"Python 3.11 or newer is needed, this is {found}: `make PYTHON=/path/to/python3.11`.", last=True
        )
        sys.exit(3)
    if not sys.stderr.isatty():
        sys.stderr.write("setting up .venv from the lock, a minute or two the first time ...\n")
    began = time.monotonic()
    make_venv()
    total = install()
    show(f".venv is ready: {total} packages in {time.monotonic() - began:.0f} s", last=True)


if __name__ == "__main__":
    main()
