"""What the proofs found, in sentences: what needs a decision first, plain silence last."""

from collections import defaultdict
from collections.abc import Sequence

from gateway.cli.proof_examples import example
from gateway.cli.terms import Terms, days, wrapped
from gateway.definitions import Definitions, RecognitionRule
from gateway.definitions.book import Book
from gateway.law import condition_cells
from gateway.law.asymmetry import DENIED as DENIED_THERE
from gateway.law.asymmetry import LESS, NO_ITEM, NO_RULE, NOT_ISSUED, Asymmetry
from gateway.law.conflicts import Conflict
from gateway.law.gaps import Gaps
from gateway.law.grid import Place, day_of
from gateway.law.laundering import CONDITIONAL, DENIED, GRADES, SILENT, Path
from gateway.law.silences import ENDED, HOLES, ITEM, NOT_YET, TIME, Silence


def ref(rule: RecognitionRule) -> str:
    """How sentences name a rule: id, version, and where it stands."""
    return f"{rule.id}@{rule.version} ({rule.place})" if rule.place else f"{rule.id}@{rule.version}"


# ── gaps ─────────────────────────────────────────────────────────────────────────────────────────


def gaps(found: Gaps, definitions: Definitions, book: Book) -> str:
    """One direction: contradictions, holes and shadows with an example each, then silence in a few lines."""
    terms = Terms(definitions)
    asking, issuing = found.direction.asking.name, found.direction.issuing.name
    counts = [
        _count(len(found.contradictions), "contradiction"),
        _count(len(found.holes), "hole"),
        _count(len(found.shadows), "shadow"),
    ]
    parts = [f"{terms.region(asking)} asks about licences of {terms.region(issuing)}: {', '.join(counts)}"]
    parts += [_contradiction(one, terms, book) for one in found.contradictions]
    for rule in found.never:
        parts.append(wrapped("  never          ", f"the conditions of rule {ref(rule)} hold at no value."))
    parts += [_hole(one, found, terms, book) for one in found.holes]
    parts += [_shadow(one, terms, book) for one in found.shadows]
    parts.append("\n".join(_silence(found, terms)))
    parts.append(_covered(found))
    return "\n\n".join(parts)


def _contradiction(one: Conflict, terms: Terms, book: Book) -> str:
    what = _on(one.licence_types, one.items, terms)
    sentence = (
        f"rules {ref(one.first)} and {ref(one.second)} speak on {what} with equal rank, and only one of them "
        f"recognises {_either(one)}. The first decides, because of its version and place in the file alone."
    )
    name = f"Two rules speak on {one.licence_types[0]} for {one.items[0]}"
    return f"{wrapped('  contradiction  ', sentence)}\n\n{example(name, one.sample, book)}"


def _either(one: Conflict) -> str:
    return "; ".join(more.words for more in one.differences)


def _shadow(one: Conflict, terms: Terms, book: Book) -> str:
    what = _on(one.licence_types, one.items, terms)
    sentence = (
        f"on {what}, the narrower rule {ref(one.first)} speaks for {one.place[0]} asking {one.place[1]} "
        f"and does not recognise {_either(one)}, which {ref(one.second)} gives everybody around."
    )
    name = f"The narrower rule does not recognise {one.differences[0].words}"
    return f"{wrapped('  shadow         ', sentence)}\n\n{example(name, one.sample, book)}"


def _hole(one: Silence, found: Gaps, terms: Terms, book: Book) -> str:
    what = _on((one.licence_type,), one.items, terms)
    if one.kind == TIME:
        sentence = f"on {what}, no rule speaks {days(one.period)}, though one does before and after."
    else:
        sentence = f"on {what}, no rule speaks {days(one.period)} {_places(one, found)}."
    sentence += f" Nearest: {ref(one.beside)}."
    name = f"No rule speaks on {one.licence_type} for {one.items[0]}"
    return f"{wrapped(f'  hole in {one.kind:<6} ', sentence)}\n\n{example(name, one.sample, book)}"


def _places(one: Silence, found: Gaps) -> str:
    """Pairs of places, or the others, whichever is shorter."""
    others = [place for place in found.places if place not in one.places]
    if len(others) < len(one.places):
        return f"but for {_pairs(others, found)}"
    return f"for {_pairs(one.places, found)}"


def _pairs(places: Sequence[Place], found: Gaps) -> str:
    """A region's own division stands for the rest of it, where narrower places are told apart."""
    way = found.direction
    told = []
    for place in places:
        parts = [
            f"the rest of {region.name}"
            if division == region.division and any(other[index] != division for other in found.places)
            else division
            for index, (division, region) in enumerate(zip(place, (way.asking, way.issuing), strict=True))
        ]
        told.append(" asking ".join(parts))
    return ", ".join(told)


def _silence(found: Gaps, terms: Terms) -> list[str]:
    """What deny by default means here, in one line each."""
    lines = ["  Silence, which means no (deny by default):"]
    rows: list[tuple[str, str]] = []
    if found.unnamed:
        rows.append(("no rule at all", ", ".join(map(terms.licence_type, found.unnamed))))
    by_type: dict[str, list[str]] = defaultdict(list)
    for one in found.silences:
        if one.kind == ITEM:
            by_type[one.licence_type] += [name for name in one.items if name not in by_type[one.licence_type]]
    for name, items in by_type.items():
        rows.append(("no rule for items", f"{terms.licence_type(name)}: {terms.items(sorted(items))}"))
    begins = min((rule.effective_from for rule in found.direction.rules), default=None)
    for one in found.silences:
        what = f"{_on((one.licence_type,), one.items, terms)}"
        if one.kind == ENDED and one.period.begins is not None:
            rows.append(("ended", f"{what}: none from {day_of(one.period.begins)} on"))
        if one.kind == NOT_YET and one.period.ends not in (None, begins):
            rows.append(("not yet", f"{what}: none {days(one.period)}"))
    if begins is not None:
        rows.append(("not yet", f"everything: none before {day_of(begins)}"))
    rows.append(("states in no rule", ", ".join(found.states) or "none: every state is named"))
    return lines + [wrapped(f"    {head:<18} ", text) for head, text in rows]


def _covered(found: Gaps) -> str:
    turns = [day_of(period.begins) for period in found.periods if period.begins is not None]
    holes = sum(_cells(one, found) for one in found.holes)
    silent = sum(_cells(one, found) for one in found.silences if one.kind not in HOLES)
    named = found.types - len(found.unnamed)
    cells = (
        f"{found.cells} cells, which are all there are: {_count(named, 'licence type')} that a rule allows "
        f"(of {found.types}) × {found.items} items × {len(found.periods)} periods (boundaries: "
        f"{', '.join(turns) or 'none'}) × {_count(len(found.places), 'pair')} of places. A rule speaks in "
        f"{found.cells - holes - silent}, {holes} are holes, {silent} are silence."
    )
    limits = (
        "Where two rules match one cell, they are held against each other in use kinds, purposes, legal "
        "bases, consent, fields, holders, states, trust, days of grace, and below, at and above each value "
        "that their conditions name."
    )
    cut = ", ".join(ref(rule) for rule in found.cut)
    if cut:
        limits += f" Not all of the last: more than {condition_cells.MOST} combinations for {cut}."
    return wrapped("  Looked at: ", f"{cells} {limits}")


def _cells(one: Silence, found: Gaps) -> int:
    inside = sum(1 for period in found.periods if one.period.holds(period.sample))
    return len(one.items) * len(one.places) * inside


def _on(licence_types: Sequence[str], items: Sequence[str], terms: Terms) -> str:
    return f"{' and '.join(map(terms.licence_type, licence_types))} for {terms.items(items)}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


# ── asymmetry ────────────────────────────────────────────────────────────────────────────────────


def asymmetry(pair: tuple[str, str], found: tuple[Asymmetry, ...], at: int, definitions: Definitions) -> str:
    """One direction, by licence type."""
    terms = Terms(definitions)
    head = (
        f"{terms.region(pair[0])} accepts from {terms.region(pair[1])}, and not the other way round, "
        f"on {day_of(at)}: {'' if found else 'nothing'}"
    )
    lines = [head.rstrip()]
    before = None
    for one in found:
        if one.licence_type != before:
            lines += ["", f"  {terms.licence_type(one.licence_type)}"]
            before = one.licence_type
        lines.append(wrapped("    ", f"{terms.items(one.items)}: {_lacking(one, pair[1])}"))
        lines.append(wrapped("      rule ", ref(one.rule)))
        if one.other is not None:
            lines.append(wrapped("      held against ", ref(one.other)))
        if one.reason:
            lines.append(wrapped("      reason stated: ", one.reason))
    return "\n".join(lines)


def _lacking(one: Asymmetry, other: str) -> str:
    sentences = {
        NOT_ISSUED: f"{other} could not, as no such licence is issued the other way",
        NO_RULE: f"{other} has no rule on this licence type",
        NO_ITEM: f"{other} has no rule on this licence type for them",
        DENIED_THERE: f"{other} denies some of it by a rule",
        LESS: f"{other} does not recognise",
    }
    return " ".join([sentences[one.kind], "; ".join(one.less)]).rstrip() + "."


# ── laundering ───────────────────────────────────────────────────────────────────────────────────


def laundering(found: tuple[Path, ...], shown: tuple[Path, ...], at: int, definitions: Definitions) -> str:
    """Each refusal once, and the ways round it."""
    terms = Terms(definitions)
    counts = {grade: sum(1 for path in found if path.grade == grade) for grade in GRADES}
    head = (
        f"Licences refused directly and accepted by way of a third region, on {day_of(at)}: "
        f"{counts[DENIED] or 'none'} denied, {counts[CONDITIONAL] or 'none'} conditional."
    )
    parts = [wrapped("", head)]
    if counts[SILENT] and not any(path.grade == SILENT for path in shown):
        parts[0] += "\n" + wrapped(
            "", f"{counts[SILENT]} more where a region is only silent on an item; --silent lists them."
        )
    refused: dict[tuple[str, str], list[Path]] = {}
    for path in shown:
        refused.setdefault((path.grade, _refused(path, terms)), []).append(path)
    for (grade, words), ways in refused.items():
        steps = [wrapped(f"  {grade:<12}", words), *(_way(path, terms) for path in ways)]
        parts.append("\n".join(steps))
    return "\n\n".join(parts)


def _refused(path: Path, terms: Terms) -> str:
    said = {
        DENIED: "denied",
        CONDITIONAL: f"{'; '.join(more.words for more in path.more)} not recognised",
        SILENT: "no rule for them",
    }[path.grade]
    by = f" by {ref(path.direct)}" if path.direct is not None else ""
    return (
        f"{terms.region(path.refusing)} on {terms.licence_type(path.licence_type)} of "
        f"{terms.region(path.issuing)} for {terms.items(path.items)}: {said}{by}"
    )


def _way(path: Path, terms: Terms) -> str:
    """How the licences of some divisions get round a refusal."""
    first = (
        f"{terms.region(path.through)} recognises those of {' '.join(path.divisions)} for "
        f"{terms.items((path.by_item,))} by {ref(path.first)} and issues {terms.licence_type(path.result)}"
    )
    second = f"which {terms.region(path.refusing)} recognises for the same by {ref(path.second)}"
    return "\n".join([wrapped("    but       ", first), wrapped("              ", second)])
