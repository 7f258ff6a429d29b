"""`gateway agreements card`: an agreement as a page a lawyer reads, or what changed in it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gateway import definition_files
from gateway.cli import options
from gateway.definitions.texts import AgreementText
from gateway.law.card import page
from gateway.law.card_html import Typesetter
from gateway.law.card_text import text
from gateway.law.words import CHINESE, ENGLISH, Vocabulary


@click.command()
@click.argument("agreement", nargs=-1, required=True)
@click.option("--chinese", "languages", flag_value="chinese", help="In Chinese only.")
@click.option("--english", "languages", flag_value="english", help="In English only.")
@click.option("--text", "as_text", is_flag=True, help="As plain text, in one language; left out, English.")
@click.option(
    "--since", metavar="FILE|REVISION", help="Mark what changed since an older file or git revision."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, not to the terminal."
)
@options.definitions_root
def card(
    agreement: Sequence[str],
    languages: str | None,
    as_text: bool,
    since: str | None,
    out: Path | None,
    root: Path | None,
) -> None:
    """Show an AGREEMENT (its file, or two regions) as a page, in Chinese and English, ready for print.

    Every sentence is generated from the rules and the catalogue. What was struck and what was put in is
    marked with --since.
    """
    folder = options.settings(root=root).definitions_root
    texts = definition_files.load_texts(folder)
    new = _chosen(texts.agreements, agreement, folder)
    old = None if since is None else _older(folder, new.path, since)
    made = page(new, Vocabulary(texts.words), old)
    chosen = {None: (CHINESE, ENGLISH), "chinese": (CHINESE,), "english": (ENGLISH,)}[languages]
    if as_text:
        written = text(made, ENGLISH if languages is None else chosen[0])
    else:
        written = Typesetter(chosen).html(made)
    if out is None:
        sys.stdout.write(written)
    else:
        out.write_text(written, "utf-8")
        click.echo(str(out))


def _chosen(texts: tuple[AgreementText, ...], agreement: Sequence[str], folder: Path) -> AgreementText:
    """The agreement of a file, or of two regions in any order."""
    for one in texts:
        if sorted(agreement) == sorted(one.agreement.regions):
            return one
        if len(agreement) == 1 and (folder / one.path).resolve() == Path(agreement[0]).resolve():
            return one
    known = ", ".join(" ".join(one.agreement.regions) for one in texts)
    raise click.ClickException(f"there is no agreement {' '.join(agreement)} (there are: {known}).")


def _older(folder: Path, path: str, since: str) -> AgreementText:
    """The same agreement as an older file has it, read beside today's catalogue and other files."""
    content = Path(since).read_bytes() if Path(since).is_file() else _of_revision(folder, path, since)
    texts = definition_files.load_texts(folder, (path, content))
    return next(one for one in texts.agreements if one.path == path)


def _of_revision(folder: Path, path: str, revision: str) -> bytes:
    command = ["git", "-C", str(folder), "show", f"{revision}:./{path}"]
    try:
        shown = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise click.ClickException(f"{revision} is no file, and git is not here to ask.") from error
    if shown.returncode != 0:
        said = shown.stderr.decode(errors="replace").strip()
        raise click.ClickException(f"{revision} is no file and no revision that has {path}: {said}")
    return shown.stdout
