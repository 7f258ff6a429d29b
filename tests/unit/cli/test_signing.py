"""`gateway agreements`: keys, signatures and what a person is told of them."""

import shutil
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway import signatures
from gateway.cli import cli
from gateway.definition_files import load
from tests import signed
from tests.conftest import ROOT

SMALL = Path(__file__).parents[1] / "definition_files" / "small"
AGREEMENT = "regions/agreements/north--south.yaml"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small world, with keys and the duty to sign, as the folder one works in."""
    root = tmp_path / "root"
    shutil.copytree(SMALL, root)
    signed.give_keys(root)
    monkeypatch.chdir(root)
    return root


def gateway(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["agreements", *map(str, words)], catch_exceptions=False)


@pytest.mark.parametrize("algorithm", signatures.ALGORITHMS)
def test_from_a_new_key_to_an_agreement_in_force(root: Path, tmp_path: Path, algorithm: str) -> None:
    for region in ("north", "south"):
        private = tmp_path / f"{region}.pem"
        made = gateway("keygen", private, "--id", f"{region}-new", "--algorithm", algorithm)
        assert made.exit_code == 0
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        entry = "".join(line for line in made.output.splitlines(keepends=True) if not line.startswith("#"))
        entry = entry.replace(entry[entry.index("valid_from") :].split("\n")[0], 'valid_from: "2026-01-01"')
        with (root / "regions" / region / "region.yaml").open("a") as file:
            file.write(entry)
    first = gateway("sign", AGREEMENT, "--as", "north", "--key", tmp_path / "north.pem")
    assert f"proposal, signed by north (north-new, {algorithm}, " in first.output
    assert "only; south has not signed" in first.output
    assert gateway("verify").exit_code == 1
    assert load(root).agreements == ()
    gateway("sign", AGREEMENT, "--as", "south", "--key", tmp_path / "south.pem")
    verified = gateway("verify", AGREEMENT)
    assert verified.exit_code == 0
    assert verified.output.startswith(f"{AGREEMENT} version 1: signed by north (north-new, {algorithm}, ")
    assert len(load(root).agreements) == 1


def test_check_tells_of_proposals_and_runs_their_examples(tmp_path: Path) -> None:
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    signed.give_keys(tmp_path)
    path = "regions/agreements/anhui--jiangsu.yaml"
    signed.sign(tmp_path, path, "jiangsu")
    told = CliRunner().invoke(cli, ["check", "--definitions", str(tmp_path)], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert f"{path}: proposal, signed by jiangsu only; none of its rules is in force" in told.output
    assert "anhui--zhejiang.yaml: proposal, signed by nobody; none of its rules is in force" in told.output
    assert "6 agreements wait for signatures and are not counted above:" in told.output
    assert "gateway agreements sign FILE --as REGION --key KEY" in told.output
    for region in ("anhui", "jiangsu", "shanghai", "zhejiang"):
        for other in ("anhui", "jiangsu", "shanghai", "zhejiang"):
            if region < other and (region, other) != ("shanghai", "zhejiang"):
                signed.sign(tmp_path, f"regions/agreements/{region}--{other}.yaml", region, other)
    told = CliRunner().invoke(cli, ["check", "--no-mutants", "--definitions", str(tmp_path)])
    assert "4 regions, 5 agreements" in told.output
    assert "1 agreement waits for signatures and is not counted above:" in told.output


def test_verify_tells_where_a_signature_does_not_hold(root: Path) -> None:
    signed.sign(root, AGREEMENT, "north", "south")
    path = root / AGREEMENT
    path.write_text(path.read_text().replace("daily_cap: 400", "daily_cap: 500"))
    told = gateway("verify")
    assert told.exit_code == 1
    assert (
        "version 1: signed by nobody\n  regions/agreements/north--south.signatures.yaml:8:13: " in told.output
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("keygen", "new.pem", "--id", "north-new"),
            "new.pem lies beside the definitions; a private key never",
        ),
        (("keygen", "../there.pem", "--id", "north-new"), "../there.pem is there already; a key is never"),
        (
            ("sign", "../there.pem", "--as", "north", "--key", "../there.pem"),
            "../there.pem: it is no private key",
        ),
        (
            ("sign", "../there.pem", "--as", "north", "--key", "../north.pem"),
            "../there.pem does not lie in .",
        ),
        (("sign", AGREEMENT, "--as", "south", "--key", "../north.pem"), "this key is not in keys of"),
        (("verify", "regions/definitions.yaml"), "regions/definitions.yaml is no agreement"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(root: Path, words: tuple[str, ...], said: str) -> None:
    (root.parent / "there.pem").write_text("a letter")
    (root.parent / "north.pem").write_bytes(signed.PRIVATE["north"])
    told = gateway(*words)
    assert told.exit_code == 1
    assert told.output.startswith(f"Error: {said}")
