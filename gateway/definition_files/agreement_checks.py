"""Whether an agreement makes sense beside the regions, the catalogue and the topics.

What a rule says must be possible: the issuing region issues the type, the deciding region decides the
item, every legal basis can carry every purpose, every field exists, no two rules speak at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from gateway.definition_files import catalogue, condition_checks, rival_checks
from gateway.definition_files.agreements import (
    AgreementFile,
    AgreementForm,
    AllowForm,
    RecognitionForm,
    RuleForm,
    ServiceForm,
)
from gateway.definition_files.catalogue import BlocForm, CodeListForm, ItemForm, LicenceTypeForm, PurposeForm
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry, repeated
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.regions import RegionForm, covers
from gateway.definitions import ANY_ITEM, LEGAL_BASES, LICENCE_STATES, TRUST_LEVELS, USE_KINDS
from gateway.errors import Finding

LEAST_CAP_PER_SLOT: Final = 100
"""A cap is split evenly over the slots; below this a slot's share runs out by chance."""


@dataclass(frozen=True)
class World:
    """What the agreements are held against, by name.

    What could not be read is missing, and is then not asked after. slots: None if no topic says.
    """

    regions: Mapping[str, RegionForm]
    licence_types: Mapping[str, LicenceTypeForm]
    items: Mapping[str, ItemForm]
    purposes: Mapping[str, PurposeForm]
    blocs: Mapping[str, BlocForm]
    code_lists: Mapping[str, CodeListForm]
    slots: int | None


def check(files: tuple[AgreementFile, ...], world: World) -> Iterator[Finding]:
    """Hold every rule against the world, and the rules of all agreements against one another."""
    rules: list[Entry[RuleForm]] = [rule for file in files for rule in (*file.recognition, *file.services)]
    yield from repeated(rules, "rule", lambda form: f"{form.id}@{form.version}", "id")
    yield from rival_checks.check_versions(rules)
    codes, kinds = _codes(world), {name: catalogue.kinds(form) for name, form in world.licence_types.items()}
    for file in files:
        pair = file.head.form.regions if file.head else None
        if file.head:
            yield from _check_head(file.head, file.has_examples)
        for rule in file.recognition:
            yield from _check_rule(rule, ("recognising", "issuing"), pair)
            yield from _check_recognition(rule, world)
            if isinstance(rule.form, AllowForm):
                yield from _check_allowed(rule, rule.form, world)
                yield from condition_checks.check(rule, rule.form, kinds, codes)
        for service in file.services:
            yield from _check_rule(service, ("receiving", "deciding"), pair)
            yield from _check_service(service, world)
        yield from rival_checks.check_one_speaks(file, world.regions)


def _check_head(head: Entry[AgreementForm], has_examples: bool) -> Iterator[Finding]:
    first, second = sorted(head.form.regions)
    if head.form.regions != (first, second):
        yield head.finding(
            f"write the regions in alphabetical order: [{first}, {second}].", "regions", code=Code.WRONG_PLACE
        )
    if head.document.path != f"regions/agreements/{first}--{second}.yaml":
        yield head.finding(
            f"an agreement of {first} and {second} belongs in regions/agreements/{first}--{second}.yaml.",
            "regions",
            code=Code.WRONG_PLACE,
        )
    if not has_examples:
        yield head.finding(
            "an agreement has examples; they are its tests.", "examples", code=Code.NO_EXAMPLES
        )


def _check_rule(
    rule: Entry[RuleForm], roles: tuple[str, str], pair: Sequence[str] | None
) -> Iterator[Finding]:
    names = [str(getattr(rule.form, role)) for role in roles]
    if names[0] == names[1]:
        yield rule.finding(
            f"{roles[0]} and {roles[1]} region are both {names[0]}.", roles[1], code=Code.NOT_A_PARTY
        )
    for role, name in zip(roles, names, strict=True):
        if pair is not None and name not in pair:
            yield rule.finding(
                f'region "{name}" is not a party of this agreement ({", ".join(pair)}).',
                role,
                code=Code.NOT_A_PARTY,
            )
    if rule.form.effective_to is not None and rule.form.effective_to <= rule.form.effective_from:
        yield rule.finding(
            f"the rule ends before it begins ({rule.form.effective_from}).",
            "effective_to",
            code=Code.DATES_REVERSED,
        )


def _check_recognition(rule: Entry[RecognitionForm], world: World) -> Iterator[Finding]:
    form = rule.form
    issuing, recognising = world.regions.get(form.issuing), world.regions.get(form.recognising)
    for key, region in (("recognising_scope", recognising), ("issuing_scope", issuing)):
        scope = getattr(form, key)
        if region and scope:
            yield from _check_scope(rule, key, scope, region, world)
    for index, name in enumerate(form.licence_types):
        if issuing and name in world.licence_types and name not in issuing.issues:
            yield rule.finding(
                f'licence type "{name}" is not issued by {issuing.name} '
                f"(issues of regions/{issuing.name}/region.yaml).",
                "licence_types",
                index,
                code=Code.NOT_ISSUED,
            )
    if ANY_ITEM in form.items and len(form.items) > 1:
        yield rule.finding(
            f'"{ANY_ITEM}" already stands for every item; write it alone.', "items", code=Code.ANY_ITEM
        )


def _check_scope(
    rule: Entry[RecognitionForm], key: str, scope: str, region: RegionForm, world: World
) -> Iterator[Finding]:
    if scope[0].isdecimal():
        if not covers(region.division, scope):
            message = f'"{scope}" is not in {region.name} ("{region.division}").'
            yield rule.finding(message, key, code=Code.OUTSIDE_REGION)
    elif scope not in world.blocs:
        hint = did_you_mean(scope, world.blocs)
        message = f'bloc "{scope}" is not in regions/catalog/blocs.yaml{hint}.'
        yield rule.finding(message, key, code=Code.UNKNOWN_NAME)
    elif not any(covers(region.division, member) for member in world.blocs[scope].members):
        message = f'bloc "{scope}" has no member in {region.name} ("{region.division}").'
        yield rule.finding(message, key, code=Code.OUTSIDE_REGION)


def _codes(world: World) -> dict[str, frozenset[str]]:
    """The lists that declared names of conditions draw from; an empty one could not be read."""
    outcomes = world.code_lists.get("verification-outcomes")
    found = {
        "item": frozenset(world.items),
        "licence type": frozenset(world.licence_types),
        "purpose": frozenset(world.purposes),
        "use kind": frozenset(USE_KINDS),
        "legal basis": frozenset(LEGAL_BASES),
        "licence state": frozenset(LICENCE_STATES),
        "trust level": frozenset(TRUST_LEVELS),
        "holder": frozenset(("person", "organisation")),
        "verification outcome": frozenset(code.code for code in outcomes.codes) if outcomes else frozenset(),
    }
    return {what: codes for what, codes in found.items() if codes}


def _check_allowed(rule: Entry[RecognitionForm], form: AllowForm, world: World) -> Iterator[Finding]:
    types = [world.licence_types[name] for name in form.licence_types if name in world.licence_types]
    for (index, field), licence_type in product(enumerate(form.fields), types):
        if field not in licence_type.fields:
            hint = did_you_mean(field, licence_type.fields)
            yield rule.finding(
                f'licence type "{licence_type.name}" has no field "{field}"{hint}.',
                "fields",
                index,
                code=Code.UNKNOWN_FIELD,
            )
    for index, purpose in enumerate(world.purposes.get(name) for name in form.purposes):
        barred = [basis for basis in form.legal_bases if purpose and basis not in purpose.legal_bases]
        if purpose and barred:
            yield rule.finding(
                f'purpose "{purpose.name}" cannot rest on {", ".join(barred)} '
                f"(legal_bases of regions/catalog/purposes.yaml: {', '.join(purpose.legal_bases)}).",
                "purposes",
                index,
                code=Code.BASIS_BARRED,
            )
    yield from _check_limits(rule, form, world)


def _check_limits(
    rule: Entry[RecognitionForm] | Entry[ServiceForm], form: AllowForm | ServiceForm, world: World
) -> Iterator[Finding]:
    if set(form.legal_bases) == {"CONSENT"} and not form.consent_required:
        yield rule.finding(
            "it must be true: CONSENT is the only legal basis.", "consent_required", code=Code.CONSENT_NEEDED
        )
    if world.slots is not None and form.daily_cap < LEAST_CAP_PER_SLOT * world.slots:
        yield rule.finding(
            f"{form.daily_cap} is too small; at least {LEAST_CAP_PER_SLOT * world.slots} is wanted "
            f"({LEAST_CAP_PER_SLOT} for each of {world.slots} slots).",
            "daily_cap",
            code=Code.CAP_TOO_SMALL,
        )


def _check_service(rule: Entry[ServiceForm], world: World) -> Iterator[Finding]:
    form = rule.form
    deciding = world.regions.get(form.deciding)
    for index, name in enumerate(form.items):
        item = world.items.get(name)
        if deciding and item and name not in deciding.decides:
            yield rule.finding(
                f'item "{name}" is not decided by {deciding.name} '
                f"(decides of regions/{deciding.name}/region.yaml).",
                "items",
                index,
                code=Code.NOT_DECIDED,
            )
        barred = [mode for mode in form.modes if item and mode not in item.modes]
        if item and barred:
            yield rule.finding(
                f'item "{name}" has no mode {", ".join(barred)} (modes: {", ".join(item.modes)}).',
                "modes",
                code=Code.MODE_BARRED,
            )
    yield from _check_limits(rule, form, world)
