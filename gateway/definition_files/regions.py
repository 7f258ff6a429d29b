"""The regions: one folder each, with a region.yaml that says who it is, what it issues and decides."""

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Final

from pydantic import Field

from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry, repeated
from gateway.definition_files.fields import (
    Division,
    Form,
    ItemRef,
    LicenceTypeRef,
    Name,
    OneOf,
    Organisation,
    Sentence,
)
from gateway.definition_files.keys import KeyForm
from gateway.definition_files.keys import problems as key_problems
from gateway.definition_files.topics import PRINCIPALS
from gateway.definitions import GATEWAY, ItemName, LicenceTypeName, Region, RegionName
from gateway.definitions.book import scope_prefix
from gateway.errors import Finding

RESERVED: Final = (GATEWAY, "catalog", "agreements", *PRINCIPALS)
"""Names that already mean something else: the gateway, folders beside the regions, principals."""


class RegionForm(Form):
    """A province or municipality with a node (省 / 节点)."""

    name: Name = Field(description="the region's name, the same as its folder's")
    chinese: Sentence = Field(description="the Chinese name")
    division: Division = Field(description="the 6-digit division code (GB/T 2260) that starts its case ids")
    organisation: Organisation = Field(
        description="统一社会信用代码 of the body that runs the node (GB 32100)"
    )
    receipts: Annotated[str, OneOf("receipts", ("refusals", "all"))] = Field(
        default="refusals", description="what it is told about its own events: refusals, or all (回执)"
    )
    issues: tuple[LicenceTypeRef, ...] = Field(description="the licence types it issues and answers for")
    decides: tuple[ItemRef, ...] = Field(description="the items it decides for other regions")
    keys: tuple[KeyForm, ...] = Field(default=(), description="its public keys: who may sign in its name")
    source: Sentence = Field(description="where this entry comes from, with its marks")


def check(regions: tuple[Entry[RegionForm], ...]) -> Iterator[Finding]:
    """What no single entry shows: folder and name, and what two regions may not share."""
    for region in regions:
        yield from _check_name(region)
        for index, value, problem in key_problems(region.form.keys):
            yield region.finding(problem, "keys", index, value, code=Code.BAD_FORMAT)
    yield from _check_keys_apart(regions)
    yield from repeated(regions, "organisation", lambda form: form.organisation, "organisation")
    for first, second in combinations(sorted(regions, key=lambda region: region.form.name), 2):
        yield from _check_apart(first.form, second)


def _check_name(region: Entry[RegionForm]) -> Iterator[Finding]:
    name, folder = region.form.name, region.document.path.split("/")[1]
    if name != folder:
        yield region.finding(
            f'region "{name}" lies in the folder regions/{folder}; both must be the same.',
            "name",
            code=Code.WRONG_PLACE,
        )
    if name in RESERVED:
        yield region.finding(
            f'"{name}" is a reserved name ({", ".join(RESERVED)}).', "name", code=Code.RESERVED_NAME
        )


def _check_apart(first: RegionForm, second: Entry[RegionForm]) -> Iterator[Finding]:
    division = second.form.division
    if covers(first.division, division) or covers(division, first.division):
        yield second.finding(
            f'division "{division}" overlaps "{first.division}" of {first.name}.',
            "division",
            code=Code.REGIONS_OVERLAP,
        )
    # The consumer groups of a region are all that begin with its name and "-".
    if second.form.name.startswith(f"{first.name}-"):
        yield second.finding(
            f'"{second.form.name}" begins like the consumer groups of {first.name}.',
            "name",
            code=Code.RESERVED_NAME,
        )


def _check_keys_apart(regions: tuple[Entry[RegionForm], ...]) -> Iterator[Finding]:
    """Two regions with one key would be one signature for two."""
    owner: dict[str, str] = {}
    for region in regions:
        for index, key in enumerate(region.form.keys):
            if owner.setdefault(key.public_key, region.form.name) != region.form.name:
                other = owner[key.public_key]
                yield region.finding(
                    f"{other} has the same key; each has its own.",
                    "keys",
                    index,
                    "public_key",
                    code=Code.DEFINED_TWICE,
                )


def covers(scope: str, division: str) -> bool:
    """Whether a division code lies inside a scope: "330000" covers "330400" (GB/T 2260)."""
    return division.startswith(scope_prefix(scope))


def region(form: RegionForm) -> Region:
    return Region(
        name=RegionName(form.name),
        chinese=form.chinese,
        division=form.division,
        organisation=form.organisation,
        receipts=form.receipts,
        issues=frozenset(map(LicenceTypeName, form.issues)),
        decides=frozenset(map(ItemName, form.decides)),
    )
