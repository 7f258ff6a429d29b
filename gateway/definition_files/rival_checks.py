"""How the rules of an agreement stand beside one another: versions in order, no two of equal rank at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from gateway.definition_files.agreements import AgreementFile, RecognitionForm, RuleForm, ServiceForm
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.regions import RegionForm
from gateway.errors import Finding

Rule = TypeVar("Rule", bound=RuleForm)


def check_versions(rules: list[Entry[RuleForm]]) -> Iterator[Finding]:
    """A newer version of a rule takes over from the older: it begins later, in the same file."""
    newest: dict[str, Entry[RuleForm]] = {}
    for rule in sorted(rules, key=lambda rule: rule.form.version):
        before = newest.get(rule.form.id)
        newest[rule.form.id] = rule
        if before is None or before.form.version == rule.form.version:
            continue
        if rule.form.effective_from <= before.form.effective_from:
            yield rule.finding(
                f"version {rule.form.version} begins no later than {_named(before)}; a newer version takes "
                "over from an older one.",
                "effective_from",
                code=Code.VERSION_ORDER,
            )
        if _direction(rule.form) != _direction(before.form):
            said = f"{_named(before)} has another direction; give this rule an id of its own."
            yield rule.finding(said, "id", code=Code.VERSION_ORDER)


def _named(rule: Entry[RuleForm]) -> str:
    return f"version {rule.form.version} ({rule.document.path}, line {rule.line})"


def _direction(form: RuleForm) -> tuple[str, str]:
    if isinstance(form, RecognitionForm):
        return form.recognising, form.issuing
    assert isinstance(form, ServiceForm)
    return form.receiving, form.deciding


def check_one_speaks(file: AgreementFile, regions: Mapping[str, RegionForm]) -> Iterator[Finding]:
    """Say where two rules of equal rank would speak on the same question on the same day."""
    for first, second in _rivals(file.recognition, lambda form: _ground(form, regions)):
        if set(first.form.licence_types) & set(second.form.licence_types) and _meet(first.form, second.form):
            yield _two_speak(first, second)
    for earlier, later in _rivals(file.services, lambda form: (form.receiving, form.deciding)):
        if _meet(earlier.form, later.form):
            yield _two_speak(earlier, later)


def _rivals(
    rules: Sequence[Entry[Rule]], ground: Callable[[Rule], object]
) -> Iterator[tuple[Entry[Rule], Entry[Rule]]]:
    """Every two rules on the same ground; there are few on each, however many rules a file has."""
    by_ground: dict[object, list[Entry[Rule]]] = {}
    for rule in rules:
        by_ground.setdefault(ground(rule.form), []).append(rule)
    for same in by_ground.values():
        yield from combinations(same, 2)


def _ground(form: RecognitionForm, regions: Mapping[str, RegionForm]) -> tuple[object, ...]:
    """Direction, scopes and effect: where two rules differ in these, recognition knows which one speaks."""
    recognising, issuing = regions.get(form.recognising), regions.get(form.issuing)
    return (
        form.recognising,
        form.recognising_scope or (recognising.division if recognising else ""),
        form.issuing,
        form.issuing_scope or (issuing.division if issuing else ""),
        form.effect,
    )


def _meet(one: RecognitionForm | ServiceForm, other: RecognitionForm | ServiceForm) -> bool:
    """Whether two rules are for the same item on the same day; versions of one rule replace each other."""
    if one.id == other.id:
        return False
    first, second = sorted((one, other), key=lambda form: form.effective_from)
    in_time = first.effective_to is None or second.effective_from < first.effective_to
    return in_time and bool(set(one.items) & set(other.items))


def _two_speak(first: Entry[Rule], second: Entry[Rule]) -> Finding:
    return second.finding(
        f"rule {first.form.id} speaks on the same question on the same day (line {first.line}); "
        "end one of them, or give one a narrower scope.",
        code=Code.RULES_COLLIDE,
    )
