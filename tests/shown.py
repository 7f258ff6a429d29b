"""Commands shown in a document, with the output shown below them.

A block begins with ```console, its first line is `$ gateway ...`, and the rest is what the command prints.
Run as `python -m tests.shown docs/agreements.md` to write the output anew.
"""

import re
import shlex
import sys
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import cli

BLOCK = re.compile(r"^```console\n\$ gateway ([^\n]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(text: str) -> list[tuple[str, str]]:
    """The words after `gateway`, and what is shown."""
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def printed(words: str) -> str:
    """What the command prints; run at the root of the repository."""
    return CliRunner().invoke(cli, shlex.split(words)).output


def written_anew(text: str, prefixes: tuple[str, ...] = ("",)) -> str:
    """The document with the output of today. prefixes: of the commands that are run."""

    def block(found: re.Match[str]) -> str:
        if not found[1].startswith(prefixes):
            return found[0]
        return f"```console\n$ gateway {found[1]}\n{printed(found[1])}```"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_anew(path.read_text("utf-8"), tuple(sys.argv[2:]) or ("",)), "utf-8")
