"""docs/findings.md: every code that `gateway check` can tell, each provoked in the small world of the tests.

Run as `python -m tests.findings` it writes the page.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app import checking
from gateway.definition_files import MEANINGS, Code
from gateway.errors import Finding

ROOT: Final = Path(__file__).resolve().parent.parent
SMALL: Final = ROOT / "tests" / "unit" / "definition_files" / "small"
PAGE: Final = ROOT / "docs" / "findings.md"
AGREEMENT: Final = "regions/agreements/north--south.yaml"
NORTH: Final = "regions/north/region.yaml"
SOUTH: Final = "regions/south/region.yaml"
TYPES: Final = "regions/catalog/licence-types.yaml"
REST: Final = "…"
SERVICE: Final = """\
  - id: south-decides-again
    version: 1
    receiving: north
    deciding: south
    effective_from: "2030-01-01"
    items: [firm-setup]
    modes: [ALL_ONLINE]
    legal_bases: [CONSENT]
    consent_required: true
    daily_cap: 400
    why: The other one never ends.
"""
SHADOWED: Final = """\
  - id: north-accepts-for-setup
    version: 1
    recognising: north
    issuing: south
    effect: allow
    effective_from: "2024-05-01"
    effective_to: "2025-01-01"
    issuing_scope: "360400"
    licence_types: [firm-licence]
    items: [firm-setup]
    use_kinds: [VERIFY]
    purposes: [handling]
    legal_bases: [STATUTORY_DUTY]
    fields: [firm_name]
    consent_required: false
    least_trust: A
    accepted_states: [VALID]
    answer_within_seconds: 3600
    daily_cap: 400
    one_sided: South has no firms to ask for.
    why: Invented.
"""
AGAIN: Final = """\
  - id: north-refuses-south-firm-licence-for-setup
    version: 3
    recognising: north
    issuing: south
    effect: deny
    effective_from: "2024-09-01"
    effective_to: "2025-01-01"
    issuing_scope: "360400"
    licence_types: [firm-licence]
    items: [firm-setup]
    why: Not there, not then.
"""
EXAMPLE: Final = """\
examples:
  - name: South decides a change for North
    application: {from: north, to: south, item: firm-change, mode: REMOTE_COLLECTION, legal_basis: CONSENT,
                  consent: true, on: "2025-01-01"}
    expect: {outcome: delivered}
"""
FORMS: Final = "regions/north/forms.yaml"
FORM: Final = """\
contracts: [application-submitted]
source: Invented.
items:
  unmapped: refuse
  codes:
    - {local: bg, common: firm-change}
    - {local: sl, common: firm-setup}
cases:
  - name: An application
    contract: application-submitted
    local: {item: sl, division: "350100"}
    common: {item: firm-setup, division: "350100"}
"""
SIGNATURES: Final = f"""\
signatures:
  - region: north
    key: north-2026
    algorithm: ed25519
    version: 1
    digest: "{64 * "0"}"
    signed_on: "2026-01-01"
    signature: AAAA
"""
NOTE: Final = "avro/note-sent/v1.avsc"
OUTBOX: Final = "topics/gateway.outbox.yaml"

HEAD: Final = """\
# Findings

Printed by `make generate` from the codes and from what `gateway check` said of a small set of definitions
in which each was provoked; edit `gateway/definition_files/meanings.py` and `tests/findings.py` rather than
this page.

`gateway check` tells everything that is wrong in one run, each with file, line, column and one of these
codes. The codes are stable: editors and CI may rely on them. The examples of an agreement are run as soon
as its own file, its two regions and the catalogue have no findings, whatever else is wrong. It ends with 0
if there are no findings, with 1 if there are.

- `gateway check` writes for people: `path:line:column: message [code]`, and under the first of each code
  what to do.
- `gateway check --json` writes one object: `findings` (each with `path`, `line`, `column`, `code`,
  `message`, `hint`), `counts`, `mutation_score` (docs/agreements.md), `seconds`, and `number` and `digest`
  of the definitions.
- `gateway check --sarif` writes SARIF 2.1.0, with the codes as rules and paths relative to the current
  folder, for editors and for code review.
"""


@dataclass(frozen=True)
class Break:
    """What is written into a file in place of what.

    old: empty for the whole file; all that follows goes too if it ends with REST. new: None to delete the
    file. words: what is done, where the texts do not show it.
    """

    path: str
    old: str
    new: str | bytes | None
    words: str = ""

    def make(self, root: Path) -> None:
        path = root / self.path
        if self.new is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif isinstance(self.new, bytes):
            path.write_bytes(self.new)
        elif not self.old:
            path.write_text(self.new, "utf-8")
        else:
            text = path.read_text("utf-8")
            if self.old.endswith(REST):
                path.write_text(text[: text.index(self.old.removesuffix(REST))] + self.new, "utf-8")
                return
            assert text.count(self.old) == 1, f"{self.path} has {self.old!r} {text.count(self.old)} times"
            path.write_text(text.replace(self.old, self.new), "utf-8")

    def told(self) -> str:
        """The break in words."""
        if self.words:
            return self.words
        if self.new is None:
            return "The file is taken away"
        assert isinstance(self.new, str)
        if not self.new:
            return f"`{self.old.strip()}` is taken out"
        return f"`{self.old}` becomes `{self.new}`".replace("\n", " ⏎ ")


BREAKS: Final[dict[Code, Break]] = {
    Code.NO_DEFINITIONS: Break("", "", None, "In an empty folder"),
    Code.FILE_MISSING: Break("regions/catalog/items.yaml", "", None),
    Code.FILE_NOT_READ: Break(
        "regions/agreements/north-south.yml", "", "regions: []", "A file has this name"
    ),
    Code.FILE_TOO_LARGE: Break(NORTH, "", " " * 1_048_577, "The file has a byte more than 1 MiB"),
    Code.FILE_EMPTY: Break(NORTH, "", "", "The file has no byte"),
    Code.NOT_UTF8: Break(NORTH, "", "name: north\nchinese: 北\n".encode("gbk"), "The file is saved as GBK"),
    Code.NOT_YAML: Break(AGREEMENT, "regions: [north, south]", "regions: [north, south"),
    Code.NOT_JSON: Break(NOTE, '"maxBytes": 1024', '"maxBytes" 1024'),
    Code.KEY_TWICE: Break(NORTH, "receipts: all", "receipts: all\nreceipts: refusals"),
    Code.KEY_NO_TEXT: Break(NORTH, "receipts: all", "? [receipts]\n: all"),
    Code.ANCHOR: Break(NORTH, "receipts: all", "receipts: &all all"),
    Code.TAG: Break(NORTH, "receipts: all", "receipts: !!str all"),
    Code.UNKNOWN_KEY: Break(NORTH, "receipts: all", "reciepts: all"),
    Code.MISSING_KEY: Break(AGREEMENT, "    least_trust: B\n", ""),
    Code.WRONG_TYPE: Break(NORTH, 'division: "350000"', "division: 350000"),
    Code.OUT_OF_BOUNDS: Break(AGREEMENT, "daily_cap: 400", "daily_cap: 0"),
    Code.BAD_FORMAT: Break(AGREEMENT, 'effective_to: "2025-01-01"', 'effective_to: "2025-02-30"'),
    Code.UNKNOWN_CODE: Break(AGREEMENT, "use_kinds: [VERIFY, RETRIEVE]", "use_kinds: [VERIFY, RETREIVE]"),
    Code.UNKNOWN_NAME: Break(NORTH, "issues: [firm-licence,", "issues: [frim-licence,"),
    Code.LISTED_TWICE: Break(AGREEMENT, "fields: [firm_name, seat]", "fields: [firm_name, seat, seat]"),
    Code.DEFINED_TWICE: Break(TYPES, "name: id-card", "name: firm-licence"),
    Code.WRONG_PLACE: Break(AGREEMENT, "regions: [north, south]", "regions: [south, north]"),
    Code.RESERVED_NAME: Break(NORTH, "name: north", "name: catalog"),
    Code.CODE_LIST_DIFFERS: Break("regions/catalog/codes.yaml", "{code: B,", "{code: E,"),
    Code.REGIONS_OVERLAP: Break(SOUTH, 'division: "360000"', 'division: "350100"'),
    Code.TOPIC_DUTY: Break(OUTBOX, "retention_days: 35", "retention_days: 7"),
    Code.SCHEMA: Break(NOTE, '"maxLength": 32', '"maxLength": 33'),
    Code.NOT_A_PARTY: Break(AGREEMENT, "receiving: north", "receiving: south"),
    Code.DATES_REVERSED: Break(AGREEMENT, 'effective_to: "2025-01-01"', 'effective_to: "2024-05-01"'),
    Code.OUTSIDE_REGION: Break(AGREEMENT, 'issuing_scope: "360400"', 'issuing_scope: "350400"'),
    Code.NOT_ISSUED: Break(SOUTH, "issues: [firm-licence, id-card]", "issues: [id-card]"),
    Code.NOT_DECIDED: Break(SOUTH, "decides: [firm-change, firm-setup]", "decides: [firm-setup]"),
    Code.ANY_ITEM: Break(AGREEMENT, 'items: ["*"]', 'items: ["*", firm-change]'),
    Code.UNKNOWN_FIELD: Break(AGREEMENT, "fields: [firm_name, seat]", "fields: [firm_name, seats]"),
    Code.BASIS_BARRED: Break(
        AGREEMENT, "[STATUTORY_DUTY]\n    fields", "[CONSENT, STATUTORY_DUTY]\n    fields"
    ),
    Code.CONSENT_NEEDED: Break(AGREEMENT, "consent_required: true", "consent_required: false"),
    Code.CAP_TOO_SMALL: Break(AGREEMENT, "daily_cap: 400", "daily_cap: 399"),
    Code.MODE_BARRED: Break(AGREEMENT, "modes: [REMOTE_COLLECTION]", "modes: [ALL_ONLINE]"),
    Code.NO_EXAMPLES: Break(AGREEMENT, f"examples:{REST}", "examples: []\n"),
    Code.RULES_COLLIDE: Break(
        AGREEMENT,
        "examples:",
        f"{SERVICE}examples:",
        "A second service from 2030 on, for an item of the first",
    ),
    Code.VERSION_ORDER: Break(
        AGREEMENT, "id: north-refuses-south-firm-licence-for-setup", "id: north-accepts-south-firm-licence"
    ),
    Code.CONDITION: Break(
        AGREEMENT, "daily_cap: 400", "daily_cap: 400\n    when: [\"claimed.seats == 'x'\"]"
    ),
    Code.SIGNATURE: Break(
        "regions/agreements/north--south.signatures.yaml",
        "",
        SIGNATURES,
        "North signs with a key it does not list",
    ),
    Code.RULE_SHADOWED: Break(
        AGREEMENT,
        "services:\n",
        f"{SHADOWED}services:\n",
        "A rule allows just what, where and when another denies it",
    ),
    Code.RULES_CONTRADICT: Break(
        AGREEMENT,
        "services:\n",
        SHADOWED.replace('    effective_to: "2025-01-01"\n', "") + "services:\n",
        "A rule without end allows what, where and when another denies it for a time",
    ),
    Code.ONE_SIDED: Break(AGREEMENT, "    one_sided: South has no firms to ask for.\n", ""),
    Code.VERSION_EMPTY: Break(
        AGREEMENT,
        "services:\n",
        f"{AGAIN}services:\n",
        "A third version of the denial says what the second says",
    ),
    Code.BASIS_LAPSES: Break(
        AGREEMENT,
        "basis: Invented.\nrecognition:\n  - id: north-accepts-south-firm-licence\n",
        "basis: Invented.\n"
        'instruments: [{id: act, chinese: 法, english: Act, lapses_on: "2026-01-01"}]\n'
        "recognition:\n  - id: north-accepts-south-firm-licence\n    instrument: act\n",
        "A rule without end rests on an act that lapses on 2026-01-01",
    ),
    Code.LEAD_TIME: Break(AGREEMENT, "    effect: deny\n", '    effect: deny\n    agreed_on: "2024-05-02"\n'),
    Code.NO_EFFECT: Break(
        AGREEMENT, "accepted_states: [VALID]", "accepted_states: [VALID, EXPIRED]\n    grace_days: 30"
    ),
    Code.EVIDENCE: Break(
        AGREEMENT, "use_kinds: [VERIFY, RETRIEVE]", "use_kinds: [VERIFY, FILE]\n    evidence: [data]"
    ),
    Code.FORM_MAPPING: Break(
        FORMS, "", FORM.replace("sl, common: firm-setup", "bg, common: firm-setup"), "A form maps `bg` twice"
    ),
    Code.FORM_CASE: Break(
        FORMS,
        "",
        FORM.replace("{item: firm-setup", "{item: firm-change"),
        "A case takes `sl` for `firm-change`",
    ),
    Code.EXAMPLE_INCOMPLETE: Break(AGREEMENT, ", reason: not-recognised", ""),
    Code.EXAMPLE_FAILS: Break(AGREEMENT, 'recognised: "no"', 'recognised: "yes"'),
    Code.CHANGE_UNNOTICED: Break(
        AGREEMENT, f"examples:{REST}", EXAMPLE, "Of the examples of the agreement only one is left"
    ),
}


def findings(broken: Break) -> tuple[Finding, ...]:
    """What is said of the small world with this one break."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if broken.path:
            shutil.copytree(SMALL, root, dirs_exist_ok=True)
            broken.make(root)
        found = checking.check(root, mutants=None).findings
        return tuple(_relative(finding, root) for finding in found)


def _relative(finding: Finding, root: Path) -> Finding:
    path = finding.path.replace(str(root.absolute()), ".")
    return Finding(path, finding.line, finding.column, finding.message, finding.code, finding.hint)


def page() -> str:
    """docs/findings.md as it should be now."""
    return "\n".join([HEAD, *(_section(code) for code in Code)])


def _section(code: Code) -> str:
    meaning, hint = MEANINGS[code]
    text = f"## {code.value}\n\n{meaning} **To do:** {hint}\n"
    broken = BREAKS.get(code)
    if broken is None:
        return text
    example = next(finding for finding in findings(broken) if finding.code == code)
    return f"{text}\n{broken.told()}:\n\n```\n{example}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
