"""Compile the core with mypyc: `make native`.

The same files run interpreted and compiled; which modules are compiled stands in pyproject.toml under
[tool.gateway.native]. They become one shared library, so that calls between them are plain C calls.

    python ops/native.py              compile in place; Python then prefers the compiled files
    python ops/native.py --into DIR   copy the package `gateway` there and compile that; here all stays pure
    python ops/native.py --clean      remove what was compiled in place
    python ops/native.py --check DIR  is what was compiled there that of the sources there?

Nothing is done where sources and tools are those of the last time. The library lies beside the package, not
in it: compiled packages find their folder from its place. Needs a C compiler, Python's headers, and mypy and
setuptools of the lock. Ends with 0 when it is as asked, 1 when not, 3 when a tool is missing.
"""

import argparse
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
PACKAGE = "gateway"
GROUP = "gateway_core"
BUILD = Path("build") / "mypyc"
STAMP = BUILD / "fingerprint"
TOOL_MISSING = 3
BESIDE = ("avro",)
"""What `gateway.codegen` looks for beside the package: a link will do."""


class ToolMissingError(Exception):
    """A tool that this machine does not have."""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# ── which files ──────────────────────────────────────────────────────────────────────────────────


def modules(root: Path = ROOT) -> list[str]:
    """The files to compile, relative to `root`: modules, and packages with all that is in them."""
    wanted = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["gateway"]["native"]
    found: set[str] = set()
    for name in [*wanted["compiled"], *wanted["edges"]]:
        path = root / Path(*name.split("."))
        files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        found |= {str(file.relative_to(root)) for file in files}
    left_out = {str(Path(*name.split(".")).with_suffix(".py")) for name in wanted["interpreted"]}
    return sorted(found - left_out)


def compiled_files(root: Path) -> list[Path]:
    return [*root.glob(f"{GROUP}__mypyc*.so"), *(root / PACKAGE).rglob("*.so")]


def fingerprint(root: Path) -> str:
    """What the result follows from: the sources, this script, its settings, Python and mypy."""
    import mypy.version

    tools = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]
    settings = (sys.version, mypy.version.__version__, tools["mypy"], tools["gateway"]["native"])
    digest = hashlib.sha256(repr(settings).encode())
    for path in [Path(__file__), *(root / module for module in modules(root))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


# ── what it needs ────────────────────────────────────────────────────────────────────────────────


def check_tools() -> None:
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        raise ToolMissingError(f"The C compiler {compiler} is missing: install it (Debian: gcc libc6-dev).")
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        raise ToolMissingError("Python's headers are missing: install them (Debian: python3-dev).")
    for module in ("mypyc", "setuptools"):
        if importlib.util.find_spec(module) is None:
            raise ToolMissingError(f"{module} is missing: `make setup` brings it.")


def is_current(root: Path) -> bool:
    stamp = root / STAMP
    return bool(compiled_files(root)) and stamp.exists() and stamp.read_text() == fingerprint(root)


# ── compiling ────────────────────────────────────────────────────────────────────────────────────


def compile_in(root: Path) -> None:
    """Compile the package under `root`, unless that is done already."""
    if is_current(root):
        say("the core is compiled already")
        return
    began = time.monotonic()
    say(f"compiling {len(modules(root))} modules, about a minute ...")
    remove_compiled(root)
    (root / BUILD).mkdir(parents=True, exist_ok=True)
    words = root / BUILD / "log.txt"
    with words.open("w") as log:
        done = subprocess.run(
            [sys.executable, __file__, "--build", str(root)],
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            cwd=root,
        )
    if done.returncode != 0:
        say(words.read_text())
        raise SystemExit("mypyc could not compile the core; what it said stands above.")
    (root / STAMP).write_text(fingerprint(root))
    say(f"the core is compiled, {time.monotonic() - began:.0f} s")


def build(root: Path) -> None:
    """The work itself, in a process whose folder is `root`: setuptools has no other way to be told."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    # Without it gcc inlines nothing that another library could replace; a seventh of the time of a decision.
    os.environ["CFLAGS"] = f"{os.environ.get('CFLAGS', '')} -fno-semantic-interposition"
    extensions = mypycify(
        [f"--config-file={PYPROJECT}", f"--cache-dir={BUILD / 'cache'}", *modules(root)],
        opt_level="3",
        debug_level="0",
        group_name=GROUP,
        target_dir=str(BUILD),
    )
    command = Distribution({"name": GROUP, "ext_modules": extensions}).get_command_obj("build_ext")
    command.inplace = True
    command.build_temp = command.build_lib = str(BUILD / "objects")
    command.parallel = os.cpu_count()
    command.ensure_finalized()
    command.run()


def copy_package(folder: Path) -> None:
    """Bring the copy up to date; what no longer exists here goes there too."""
    target = folder / PACKAGE
    sources = {path.relative_to(ROOT) for path in (ROOT / PACKAGE).rglob("*.py")}
    for stale in {path.relative_to(folder) for path in target.rglob("*.py")} - sources:
        (folder / stale).unlink()
    for source in sources:
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / source, folder / source)
    for name in BESIDE:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)


def remove_compiled(root: Path) -> None:
    for path in compiled_files(root):
        path.unlink()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--into", metavar="DIR", type=Path, help="compile a copy of the package in DIR")
    arguments.add_argument("--clean", action="store_true", help="remove what was compiled in place")
    arguments.add_argument("--check", metavar="DIR", type=Path, help="is it compiled from the sources there?")
    arguments.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.build:
        build(given.build)
    elif given.clean:
        remove_compiled(ROOT)
        shutil.rmtree(ROOT / BUILD, ignore_errors=True)
    elif given.check:
        if not is_current(given.check):
            raise SystemExit(f"the core in {given.check} is not compiled from the sources there")
    else:
        check_tools()
        root = given.into.resolve() if given.into else ROOT
        if given.into:
            copy_package(root)
        compile_in(root)


if __name__ == "__main__":
    try:
        main()
    except ToolMissingError as missing:
        say(str(missing))
        sys.exit(TOOL_MISSING)
