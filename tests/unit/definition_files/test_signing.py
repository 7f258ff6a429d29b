"""One region's signature makes a proposal, two put it in force; one that does not hold is a finding."""

import datetime
import shutil
from pathlib import Path

import pytest

from gateway import signatures
from gateway.definition_files import CannotSign, findings, load, sign, standings
from gateway.definitions import Definitions, RegionName
from gateway.definitions.book import Book
from gateway.errors import DefinitionError
from tests import signed

SMALL = Path(__file__).parent / "small"
AGREEMENT = "regions/agreements/north--south.yaml"
SIGNATURES = "regions/agreements/north--south.signatures.yaml"
NORTH, SOUTH, NUMBER = "regions/north/region.yaml", "regions/south/region.yaml", "regions/definitions.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small world, its agreement signed by both regions."""
    root = tmp_path / "root"
    shutil.copytree(SMALL, root)
    signed.give_keys(root)
    signed.sign(root, AGREEMENT, "north", "south")
    return root


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    (root / path).write_text(text.replace(old, new), "utf-8")


def in_force(definitions: Definitions) -> frozenset[tuple[str, str]]:
    return Book(definitions, slots=4).pairs


def test_signed_by_both_is_in_force(root: Path) -> None:
    definitions = load(root)
    assert in_force(definitions) == {("north", "south"), ("south", "north")}
    assert definitions.agreements[0].signed_by == ("north", "south")
    assert definitions.proposals == ()


@pytest.mark.parametrize("by", [("north",), ("south",), ()])
def test_signed_by_one_or_nobody_is_a_proposal_of_which_no_rule_is_in_force(
    root: Path, by: tuple[str, ...]
) -> None:
    (root / SIGNATURES).unlink()
    signed.sign(root, AGREEMENT, *by)
    definitions = load(root)
    assert in_force(definitions) == frozenset()
    assert Book(definitions, slots=4).recognition_by_version == {}
    assert [proposal.signed_by for proposal in definitions.proposals] == [tuple(map(RegionName, by))]
    assert in_force(definitions.with_proposals()) == {("north", "south"), ("south", "north")}


def test_where_none_are_needed_an_unsigned_agreement_is_in_force(root: Path) -> None:
    (root / SIGNATURES).unlink()
    edit(root, NUMBER, "signatures: required", "signatures: none")
    assert in_force(load(root)) == {("north", "south"), ("south", "north")}


def test_signing_changes_no_byte_of_what_is_signed(root: Path) -> None:
    assert (root / AGREEMENT).read_bytes() == (SMALL / AGREEMENT).read_bytes()


def test_comments_and_order_do_not_matter_to_a_signature(root: Path) -> None:
    text = (root / AGREEMENT).read_text("utf-8")
    first, _, rest = text.partition("\n")
    title, _, rest = rest.partition("\n")
    (root / AGREEMENT).write_text(f"# two lines changed places\n{title}\n{first}\n{rest}", "utf-8")
    assert findings(root) == ()


def test_each_changed_value_is_noticed(root: Path) -> None:
    """Whatever key of the agreement is changed, both signatures are refused."""
    edit(root, AGREEMENT, "daily_cap: 400", "daily_cap: 401")
    said = [str(finding) for finding in findings(root)]
    assert len(said) == 2
    assert all("the agreement was changed after" in one for one in said)


WRONG = [
    pytest.param(
        AGREEMENT,
        "daily_cap: 400",
        "daily_cap: 800",
        f"{SIGNATURES}:8:13: signatures[0].digest: the agreement was changed after north signed it "
        "(digest {old} then, {new} now). Undo the change; or raise its version and let both regions "
        "sign anew.",
        id="changed_byte",
    ),
    pytest.param(
        AGREEMENT,
        "title:",
        "version: 2\ntitle:",
        f"{SIGNATURES}:7:14: signatures[0].version: north signed version 1; the agreement is version 2. "
        "Both regions sign anew (gateway agreements sign).",
        id="signatures_of_the_version_before",
    ),
    pytest.param(
        SIGNATURES,
        "key: north-2026",
        "key: north-2062",
        f'{SIGNATURES}:5:10: signatures[0].key: key "north-2062" is not in keys of {NORTH} '
        '(did you mean "north-2026"?).',
        id="unknown_key",
    ),
    pytest.param(
        NORTH,
        "revoked_on: null",
        'revoked_on: "2026-02-01"',
        f'{SIGNATURES}:5:10: signatures[0].key: key "north-2026" of north was revoked on 2026-02-01; none of '
        "its signatures counts. Let north sign with another key, or take this entry out.",
        id="revoked_key",
    ),
    pytest.param(
        NORTH,
        'valid_from: "2026-01-01"',
        'valid_from: "2026-03-03"',
        f'{SIGNATURES}:9:16: signatures[0].signed_on: key "north-2026" of north is valid from 2026-03-03.',
        id="signed_before_the_key_was_valid",
    ),
    pytest.param(
        SIGNATURES,
        "key: north-2026\n    algorithm: ed25519",
        "key: north-2026\n    algorithm: sm2-sm3",
        f'{SIGNATURES}:6:16: signatures[0].algorithm: key "north-2026" of north signs with ed25519, '
        "not sm2-sm3.",
        id="another_algorithm",
    ),
    pytest.param(
        SIGNATURES,
        "key: north-2026\n    algorithm: ed25519",
        "key: north-2026\n    algorithm: none",
        f'{SIGNATURES}:6:16: signatures[0].algorithm: algorithm "none" is not one of ed25519, sm2-sm3.',
        id="algorithm_none",
    ),
    pytest.param(
        SIGNATURES,
        "region: south",
        "region: north",
        f"{SIGNATURES}:11:13: signatures[1].region: north signed already; one signature counts.",
        id="one_region_twice",
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "said"), WRONG)
def test_a_signature_that_does_not_hold_is_a_finding(
    root: Path, path: str, old: str, new: str, said: str
) -> None:
    before = _digest(root)
    edit(root, path, old, new)
    expected = said.replace("{old}", before).replace("{new}", _digest(root))
    assert expected in [str(finding) for finding in findings(root)]
    with pytest.raises(DefinitionError):
        load(root)


def _digest(root: Path) -> str:
    from gateway.definition_files.reading import read

    document, _ = read(AGREEMENT, (root / AGREEMENT).read_bytes())
    assert document is not None
    return signatures.digest(signatures.canonical(document.value))[:12]


@pytest.mark.parametrize("entry", ["signed_on", "signature"])
def test_what_stands_beside_the_text_is_signed_too(root: Path, entry: str) -> None:
    lines = (root / SIGNATURES).read_text("utf-8").splitlines(keepends=True)
    [line, _] = [number for number, text in enumerate(lines) if text.startswith(f"    {entry}: ")]
    lines[line] = {"signed_on": '    signed_on: "2026-03-03"\n', "signature": '    signature: "AAAA"\n'}[
        entry
    ]
    (root / SIGNATURES).write_text("".join(lines), "utf-8")
    assert [str(finding) for finding in findings(root)] == [
        (
            f"{SIGNATURES}:10:16: signatures[0].signature: the signature is not one over this text by key "
            '"north-2026" of north.'
        )
    ]


def test_signatures_of_nothing_are_said(root: Path) -> None:
    (root / AGREEMENT).unlink()
    assert f"{SIGNATURES}:3:1: there is no agreement {AGREEMENT}; nothing is signed here." in [
        str(finding) for finding in findings(root)
    ]


def test_region_that_is_no_party_cannot_sign(root: Path) -> None:
    edit(root, AGREEMENT, "regions: [north, south]", "regions: [north, north]")
    said = [str(finding) for finding in findings(root)]
    assert (
        f'{SIGNATURES}:11:13: signatures[1].region: region "south" is not a party of this agreement '
        "(north, north)."
    ) in said


def test_whether_signatures_are_needed_has_to_be_said(root: Path) -> None:
    edit(root, NUMBER, "signatures: required", "signatures: sometimes")
    assert [str(finding) for finding in findings(root)] == [
        f'{NUMBER}:2:13: signatures: signatures "sometimes" is not one of required, none.'
    ]


KEYS = [
    pytest.param(
        'valid_from: "2026-01-01"\n    revoked_on: null',
        'valid_from: "2026-01-01"\n    revoked_on: "2025-12-31"',
        "keys[0].revoked_on: the key is revoked before it is valid (2026-01-01).",
        id="revoked_before_it_is_valid",
    ),
    pytest.param(
        "algorithm: ed25519",
        "algorithm: sm2-sm3",
        "keys[0].public_key: this is not a public key of sm2-sm3: it is no public key in DER "
        "(SubjectPublicKeyInfo) on the curve SM2.",
        id="key_of_another_algorithm",
    ),
    pytest.param(
        "use: agreements",
        "use: mail",
        'keys[0].use: use "mail" is not one of agreements.',
        id="another_use",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), KEYS)
def test_keys_that_cannot_be_are_findings(root: Path, old: str, new: str, said: str) -> None:
    (root / SIGNATURES).unlink()
    edit(root, NORTH, old, new)
    assert [str(finding).split(": ", 1)[1] for finding in findings(root)] == [said]


def test_key_of_two_names_or_two_regions_is_a_finding(root: Path) -> None:
    (root / SIGNATURES).unlink()
    with (root / SOUTH).open("a") as file:
        file.write(signed.key_entry("south-2026", signed.PRIVATE["north"]))
    assert [str(finding).split(": ", 1)[1] for finding in findings(root)] == [
        'keys[1].id: key "south-2026" is already keys[0] of this region.',
        "keys[1].public_key: north has the same key; each has its own.",
    ]


@pytest.mark.parametrize(
    ("region", "path", "key", "day", "said"),
    [
        ("east", AGREEMENT, "north", 2, f"east is not a party of {AGREEMENT} (north, south)."),
        ("north", "regions/agreements/a--b.yaml", "north", 2, "regions/agreements/a--b.yaml is no agreement"),
        ("north", NORTH, "north", 2, f"{NORTH} is no agreement"),
        ("north", AGREEMENT, "south", 2, f"this key is not in keys of {NORTH}; its public_key would be MCow"),
    ],
)
def test_who_cannot_sign_is_told_why(
    root: Path, region: str, path: str, key: str, day: int, said: str
) -> None:
    private = signatures.private_key(signed.PRIVATE[key])
    with pytest.raises(CannotSign) as caught:
        sign(root, path, region, private, datetime.date(2026, 3, day))
    assert str(caught.value).startswith(said)


def test_nobody_signs_with_a_key_that_is_revoked_or_not_valid_yet(root: Path) -> None:
    private = signatures.private_key(signed.PRIVATE["north"])
    with pytest.raises(CannotSign, match=r'^key "north-2026" is valid from 2026-01-01 '):
        sign(root, AGREEMENT, "north", private, datetime.date(2025, 12, 31))
    edit(root, NORTH, "revoked_on: null", 'revoked_on: "2026-02-01"')
    with pytest.raises(CannotSign, match=r'^key "north-2026" was revoked on 2026-02-01 '):
        sign(root, AGREEMENT, "north", private, signed.SIGNED_ON)


def test_nobody_signs_what_is_wrong(root: Path) -> None:
    edit(root, AGREEMENT, "daily_cap: 400", "daily_cap: 1")
    with pytest.raises(DefinitionError, match="daily_cap: 1 is too small"):
        signed.sign(root, AGREEMENT, "north")


def test_signing_a_new_version_drops_the_signatures_of_the_old_one(root: Path) -> None:
    edit(root, AGREEMENT, "title:", "version: 2\ntitle:")
    signed.sign(root, AGREEMENT, "south")
    [standing] = standings(root)
    assert (standing.version, standing.missing, standing.findings) == (2, ("north",), ())
    signed.sign(root, AGREEMENT, "north")
    assert standings(root)[0].missing == ()
    assert findings(root) == ()


def test_signature_by_sm2_counts_like_any_other(root: Path) -> None:
    pem = signatures.generate(signatures.SM2)
    with (root / NORTH).open("a") as file:
        file.write(signed.key_entry("north-sm2", pem))
    sign(root, AGREEMENT, "north", signatures.private_key(pem), signed.SIGNED_ON)
    [standing] = standings(root)
    assert [(one.region, one.algorithm) for one in standing.signed] == [
        ("north", "sm2-sm3"),
        ("south", "ed25519"),
    ]
    assert load(root).proposals == ()


def test_a_standing_tells_what_holds_and_what_does_not(root: Path) -> None:
    edit(root, NORTH, "revoked_on: null", 'revoked_on: "2026-02-01"')
    [standing] = standings(root)
    assert [one.region for one in standing.signed] == ["south"]
    assert standing.missing == ("north",)
    assert len(standing.findings) == 1
