"""Files are accepted, or refused with a reason while the last accepted ones go on; also after a restart."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app.keeper import Keeper
from gateway.definition_files import Store, folders
from gateway.definitions import Definitions
from gateway.errors import BrokerFault, DefinitionError, Finding
from tests import signed

SMALL = Path(__file__).parents[1] / "definition_files" / "small"
AGREEMENT = "regions/agreements/north--south.yaml"
SIGNATURES = "regions/agreements/north--south.signatures.yaml"
NUMBER = "regions/definitions.yaml"


class Installation:
    """One folder of definitions, one data folder, and the process that runs now."""

    def __init__(self, folder: Path) -> None:
        self.root, self.data = folder / "root", folder / "data"
        shutil.copytree(SMALL, self.root)
        self.lacking: list[Finding] = []
        self.handed_over: list[int] = []
        self.keeper = self.restarted()

    def restarted(self) -> Keeper:
        if hasattr(self, "keeper"):
            self.keeper.close()
        self.keeper = Keeper(self.root, self.data, lambda _: tuple(self.lacking))
        return self.keeper

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        (self.root / path).write_text(text.replace(old, new), "utf-8")

    def look(self, times: int = 2) -> None:
        """Twice: files have to stand still for one look."""
        for _ in range(times):
            self.keeper.look(lambda new: self.handed_over.append(new.number))

    @property
    def store(self) -> Store:
        return Store(self.data)

    def refusal(self) -> tuple[str, ...]:
        """What the store says of the files that lie there."""
        refused = self.store.refused()
        return refused.findings if refused is not None and refused.digest else ()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.keeper.start()
    yield installation
    installation.keeper.close()


def raise_number(here: Installation, old: int = 7, new: int = 8) -> None:
    here.edit(NUMBER, f"number: {old}\n", f"number: {new}\n")


def test_what_is_accepted_is_kept_as_it_was(here: Installation) -> None:
    accepted = here.store.accepted()
    assert accepted is not None
    assert accepted.number == 7
    assert folders.snapshot(here.store.root(accepted)) == folders.snapshot(here.root)
    assert list(accepted.agreements) == [AGREEMENT]


def test_a_change_under_a_new_number_is_handed_over_once(here: Installation) -> None:
    here.edit("regions/north/region.yaml", "chinese: 北", "chinese: 北方")
    raise_number(here)
    here.look(5)
    assert here.handed_over == [8]
    assert here.keeper.running.number == 8
    assert here.refusal() == ()


def test_files_under_edit_are_not_taken_half(here: Installation) -> None:
    raise_number(here)
    here.look(1)
    here.edit("regions/north/region.yaml", "chinese: 北", "chinese: 北方")
    here.look(1)
    assert here.handed_over == []
    here.look(1)
    assert here.handed_over == [8]


REFUSED = [
    pytest.param(
        (("regions/north/region.yaml", "chinese: 北", "chinese: 北方"),),
        (
            f"{NUMBER}:1:9: number: 7 does not rise above 7, which was accepted last; each change of any "
            "file raises it."
        ),
        id="same_number",
    ),
    pytest.param(
        ((NUMBER, "number: 7", "number: 6"),),
        (
            f"{NUMBER}:1:9: number: 6 does not rise above 7, which was accepted last; each change of any "
            "file raises it."
        ),
        id="older_number",
    ),
    pytest.param(
        ((NUMBER, "number: 7", "number: 8"), (AGREEMENT, "daily_cap: 400", "daily_cap: 500")),
        (
            f"{AGREEMENT}:1:1: version: the agreement is another than the version 1 that was accepted; 1 "
            "does not rise above it. Raise it; both regions sign the new version."
        ),
        id="agreement_changed_under_its_version",
    ),
    pytest.param(
        ((NUMBER, "number: 7", "number: 8"), (AGREEMENT, "daily_cap: 400", "daily_cap: many")),
        (
            f'{AGREEMENT}:23:16: recognition[0].daily_cap: the value is the text "many"; a whole '
            "number is wanted."
        ),
        id="file_that_is_wrong",
    ),
    pytest.param(
        (
            (NUMBER, "number: 7", "number: 8"),
            (AGREEMENT, "title:", "version: 2\ntitle:"),
            (AGREEMENT, "reason: not-recognised", "reason: field-not-agreed"),
        ),
        (
            f'{AGREEMENT}:57:5: examples[1]: example "Only a part of North may ask": it is refused '
            "(not-recognised), expected refused (field-not-agreed)"
        ),
        id="example_that_fails",
    ),
    pytest.param(
        (
            (NUMBER, "number: 7", "number: 8"),
            ("avro/note-sent/v1.avsc", '"maxBytes": 1024', '"maxBytes": 2048'),
        ),
        (
            "avro/note-sent/v1.avsc:1:1: contracts are read at the start only: stop the gateway and start it "
            "with these files."
        ),
        id="another_contract",
    ),
]


@pytest.mark.parametrize(("edits", "said"), REFUSED)
def test_what_may_not_follow_is_refused_and_the_last_good_goes_on(
    here: Installation, edits: tuple[tuple[str, str, str], ...], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    for edit in edits:
        here.edit(*edit)
    with caplog.at_level(logging.INFO):
        here.look(4)
    assert here.refusal() == (said,)
    assert here.handed_over == []
    assert here.keeper.running.number == 7
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told[0].startswith(f"the definitions in {here.root} are REFUSED, definitions 7 (")
    assert told[1:] == [f"  {said}"], "each refusal is told once"


def test_after_a_restart_with_broken_files_the_last_good_runs(
    here: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    raise_number(here)
    here.look()
    here.edit(AGREEMENT, "regions: [north, south]", "regions: [north")
    assert here.restarted().start().number == 8
    assert "are REFUSED, definitions 8" in caplog.text
    shutil.rmtree(here.root)
    assert here.restarted().start().number == 8


def test_without_last_good_ones_broken_files_do_not_start(here: Installation) -> None:
    here.edit(AGREEMENT, "daily_cap: 400", "daily_cap: many")
    shutil.rmtree(here.data)
    with pytest.raises(DefinitionError, match="a whole number is wanted"):
        here.restarted().start()


def test_contracts_are_taken_at_a_start(here: Installation) -> None:
    raise_number(here)
    here.edit("avro/note-sent/v1.avsc", '"maxBytes": 1024', '"maxBytes": 2048')
    here.look()
    assert here.refusal()
    assert here.restarted().start().number == 8
    assert here.refusal() == ()


def test_an_agreement_that_comes_back_under_its_old_version_is_refused(here: Installation) -> None:
    content = (here.root / AGREEMENT).read_bytes()
    (here.root / AGREEMENT).unlink()
    raise_number(here)
    here.look()
    assert here.handed_over == [8]
    (here.root / AGREEMENT).write_bytes(content.replace(b"daily_cap: 400", b"daily_cap: 900"))
    raise_number(here, 8, 9)
    here.look()
    assert "does not rise above it" in here.refusal()[0]


def test_refusal_ends_when_the_files_are_again_those_accepted(here: Installation) -> None:
    before = (here.root / AGREEMENT).read_bytes()
    (here.root / AGREEMENT).write_bytes(b"{}")
    here.look()
    assert here.refusal()
    (here.root / AGREEMENT).write_bytes(before)
    here.look(1)
    refused = here.store.refused()
    assert refused is not None
    assert (refused.digest, refused.since, refused.times) == ("", 0, 1)


def test_folder_that_went_away_is_refused(here: Installation) -> None:
    shutil.rmtree(here.root)
    here.look(1)
    assert "there are no definitions here" in here.refusal()[0]


def test_a_new_region_waits_for_its_topics(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_number(here)
    here.lacking = [Finding("topics", 1, 1, "east.outbox is not on the brokers.", "topic-missing", "")]
    here.look(3)
    assert here.refusal() == ("topics:1:1: east.outbox is not on the brokers.",)
    here.lacking = []
    here.look(1)
    assert here.handed_over == []
    monkeypatch.setattr("gateway.app.keeper.ASK_AGAIN_LOOKS", -1)
    here.edit(NUMBER, "number: 8\n", "number: 8 # again\n")
    here.lacking = [Finding("topics", 1, 1, "east.outbox is not on the brokers.", "topic-missing", "")]
    here.look(2)
    here.lacking = []
    here.look(1)
    assert here.handed_over == [8]


def test_what_cannot_be_handed_over_now_is_handed_over_later(
    here: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Definitions) -> None:
        raise BrokerFault("no broker answered")

    raise_number(here)
    here.keeper.look(fails)
    here.keeper.look(fails)
    assert "definitions are looked at again: no broker answered" in caplog.text
    here.look(1)
    assert here.handed_over == [8]


def test_one_process_leads_and_the_others_follow(here: Installation) -> None:
    other = Keeper(here.root, here.data, lambda _: ())
    assert other.start().number == 7
    raise_number(here)
    taken: list[int] = []
    for _ in range(3):
        other.look(lambda new: taken.append(new.number))
    assert taken == []
    here.look()
    other.look(lambda new: taken.append(new.number))
    assert taken == [8]
    here.keeper.close()
    here.edit(NUMBER, "number: 8\n", "number: 9\n")
    for _ in range(2):
        other.look(lambda new: taken.append(new.number))
    assert taken == [8, 9], "whoever is left leads"
    other.close()


def test_a_follower_passes_over_contracts_it_cannot_take(
    here: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Keeper(here.root, here.data, lambda _: ())
    follower.start()
    raise_number(here)
    here.edit("avro/note-sent/v1.avsc", '"maxBytes": 1024', '"maxBytes": 2048')
    here.restarted().start()
    taken: list[int] = []
    for _ in range(2):
        follower.look(lambda new: taken.append(new.number))
    assert taken == []
    assert caplog.text.count("definitions 8 have other contracts: this process must be restarted") == 1


def test_kept_files_that_were_changed_are_not_run(here: Installation) -> None:
    accepted = here.store.accepted()
    assert accepted is not None
    with (here.store.root(accepted) / NUMBER).open("a") as file:
        file.write("# by hand\n")
    (here.root / AGREEMENT).write_text("{}")
    with pytest.raises(DefinitionError, match=r"the kept definitions 7 were changed or are not there\.$"):
        here.restarted().start()


def test_a_note_that_is_damaged_is_said(here: Installation) -> None:
    (here.data / "definitions" / "accepted.json").write_text("{")
    with pytest.raises(DefinitionError, match=r"accepted.json:1:1: the file is damaged .* Move it away"):
        here.restarted().start()


def test_the_note_says_which_number_runs(here: Installation) -> None:
    note = json.loads((here.data / "definitions" / "accepted.json").read_text())
    assert (note["number"], note["agreements"][AGREEMENT][0]) == (7, 1)


# Signatures


@pytest.fixture
def signing(here: Installation) -> Installation:
    """Signatures are required and there; definitions 8 run."""
    signed.give_keys(here.root)
    signed.sign(here.root, AGREEMENT, "north", "south")
    raise_number(here)
    here.look()
    assert here.handed_over == [8]
    return here


def test_a_new_version_signed_by_both_is_taken(signing: Installation) -> None:
    signing.edit(AGREEMENT, "title:", "version: 2\ntitle:")
    signing.edit(AGREEMENT, "daily_cap: 400", "daily_cap: 500")
    signed.sign(signing.root, AGREEMENT, "north", "south")
    signing.look(4)
    assert signing.handed_over == [8], "the number is raised last"
    raise_number(signing, 8, 9)
    signing.look(3)
    assert signing.handed_over == [8, 9]
    assert len(signing.keeper.running.agreements) == 1


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (AGREEMENT, "daily_cap: 400", "daily_cap: 500", "the agreement was changed after north signed it"),
        (
            "regions/south/region.yaml",
            "revoked_on: null",
            'revoked_on: "2026-03-03"',
            'key "south-2026" of south was revoked on 2026-03-03',
        ),
    ],
    ids=["changed_byte", "revoked_key"],
)
def test_what_is_not_signed_is_refused(
    signing: Installation, path: str, old: str, new: str, said: str
) -> None:
    signing.edit(path, old, new)
    raise_number(signing, 8, 9)
    signing.look(3)
    assert any(said in finding for finding in signing.refusal())
    assert signing.handed_over == [8]
    assert signing.restarted().start().number == 8
