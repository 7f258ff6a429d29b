"""`gateway agreements keygen|sign|verify`: both regions sign one text."""

import datetime
import os
import sys
from pathlib import Path

import click

from gateway import definition_files, signatures
from gateway.cli import options
from gateway.definition_files import CannotSign, Standing

TODAY_IN = datetime.timezone(datetime.timedelta(hours=8), "Asia/Shanghai")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--id", "key_id", required=True, help="The key's name, such as <region>-2026.")
@click.option(
    "--algorithm",
    type=click.Choice(signatures.ALGORITHMS),
    default=signatures.ED25519,
    show_default=True,
    help="sm2-sm3 needs the extra gateway[sm2].",
)
@options.definitions_root
def keygen(file: Path, key_id: str, algorithm: str, root: Path | None) -> None:
    """Make a private key in FILE, and print its public half for the region's file."""
    folder = options.settings(root=root).definitions_root
    if file.resolve().is_relative_to(folder.resolve()):
        raise click.ClickException(f"{file} lies beside the definitions; a private key never does.")
    try:
        pem = signatures.generate(algorithm)
    except signatures.NotAvailable as fault:
        raise click.ClickException(f"{fault}.") from fault
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise click.ClickException(f"{file} is there already; a key is never overwritten.") from fault
    with os.fdopen(handle, "wb") as private:
        private.write(pem)
    click.echo(
        f"# {file} is private: only its region has it, and it has no password. Add to keys of region.yaml:"
    )
    click.echo(f"  - id: {key_id}")
    click.echo(f"    algorithm: {algorithm}")
    click.echo(f"    public_key: {signatures.in_base64(signatures.private_key(pem).public)}")
    click.echo("    use: agreements")
    click.echo(f'    valid_from: "{_today()}"')
    click.echo("    revoked_on: null")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "region", required=True, metavar="REGION", help="Which of its two regions signs.")
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The region's private key, PEM.",
)
@options.definitions_root
def sign(file: Path, region: str, key_file: Path, root: Path | None) -> None:
    """Sign the agreement in FILE for one region; the signature is written beside it."""
    folder = options.settings(root=root).definitions_root
    try:
        key = signatures.private_key(key_file.read_bytes())
        written = definition_files.sign(folder, _relative(file, folder), region, key, _today())
    except signatures.BadKey as fault:
        raise click.ClickException(f"{key_file}: {fault}.") from fault
    except CannotSign as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"{written} is written.")
    click.echo(_told(_of(definition_files.standings(folder), _relative(file, folder))[0]))


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.definitions_root
def verify(file: Path | None, root: Path | None) -> None:
    """Verify every signature of the agreement in FILE, or of all agreements.

    Ends with 1 unless both regions signed each of them and nothing is wrong.
    """
    folder = options.settings(root=root).definitions_root
    found = definition_files.standings(folder)
    if file is not None:
        found = _of(found, _relative(file, folder))
    for standing in found:
        click.echo(_told(standing))
    if any(standing.missing or standing.findings for standing in found):
        sys.exit(1)


def _told(standing: Standing) -> str:
    by = [f"{one.region} ({one.key}, {one.algorithm}, {one.signed_on})" for one in standing.signed]
    if not by:
        state = "signed by nobody"
    elif standing.missing:
        state = f"proposal, signed by {by[0]} only; {' and '.join(standing.missing)} has not signed"
    else:
        state = f"signed by {' and '.join(by)}"
    lines = [f"{standing.path} version {standing.version}: {state}"]
    return "\n".join([*lines, *(f"  {finding}" for finding in standing.findings)])


def _of(found: tuple[Standing, ...], path: str) -> tuple[Standing, ...]:
    chosen = tuple(standing for standing in found if standing.path == path)
    if not chosen:
        raise click.ClickException(f"{path} is no agreement (regions/agreements/<a>--<b>.yaml).")
    return chosen


def _relative(file: Path, folder: Path) -> str:
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError as fault:
        raise click.ClickException(
            f"{file} does not lie in {folder}; name the definitions folder with --definitions."
        ) from fault


def _today() -> datetime.date:
    return datetime.datetime.now(TODAY_IN).date()
