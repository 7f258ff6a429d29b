"""Write requirements/*.txt: every package that pyproject.toml leads to, at one version, with its hashes.

runtime.txt holds what `gateway` needs, dev.txt what its tests and tools need on top. The hashes are those
of every file of a version, so that the lock serves all Pythons and systems; no index is named in it.
Versions that still fit are kept; `--upgrade` chooses all of them anew.
Run by the oldest Python that is supported: newer ones need nothing more.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
UPGRADE = ["--upgrade"] if sys.argv[1:] == ["--upgrade"] else []
COMPILE = [
    str(BIN / "pip-compile"),
    "--quiet",
    *UPGRADE,
    "--strip-extras",
    "--generate-hashes",
    "--allow-unsafe",  # pip and setuptools are pinned like everything else
    "--no-header",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
]


def main() -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit("The lock is written with Python 3.11: `make clean lock PYTHON=python3.11`.")
    print("requirements/runtime.txt (a minute or two) ...", flush=True)
    runtime = [*COMPILE, "--output-file", "requirements/runtime.txt", "pyproject.toml"]
    subprocess.run(runtime, cwd=ROOT, check=True)
    print("requirements/dev.txt ...", flush=True)
    group = subprocess.run([BIN / "dependency-groups", "dev"], cwd=ROOT, check=True, capture_output=True)
    dev = [*COMPILE, "--constraint", "requirements/runtime.txt", "--output-file", "requirements/dev.txt", "-"]
    subprocess.run(dev, cwd=ROOT, check=True, input=group.stdout)


if __name__ == "__main__":
    main()
