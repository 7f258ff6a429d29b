"""What the proofs found, as plain values for programs: lists, texts, numbers; days in Shanghai."""

from dataclasses import asdict
from typing import Any

from gateway.definitions import RecognitionRule
from gateway.definitions.book import Book
from gateway.law.asking import Asked, told
from gateway.law.asymmetry import Asymmetry
from gateway.law.conflicts import Conflict
from gateway.law.gaps import Gaps
from gateway.law.grid import Period, day_of
from gateway.law.laundering import Path
from gateway.law.matrix import Matrix
from gateway.law.silences import Silence

Facts = dict[str, Any]


def gaps(found: Gaps, book: Book) -> Facts:
    turns = [period.begins for period in found.periods if period.begins is not None]
    return {
        "asking": found.direction.asking.name,
        "issuing": found.direction.issuing.name,
        "looked_at": {
            "licence_types": found.types,
            "items": found.items,
            "turns": [day_of(turn) for turn in turns],
            "places": [list(place) for place in found.places],
            "cells": found.cells,
        },
        "contradictions": [_conflict(one, book) for one in found.contradictions],
        "shadows": [_conflict(one, book) for one in found.shadows],
        "conditions_never_hold": [_rule(rule) for rule in found.never],
        "silences": [_silence(one, book) for one in found.silences],
        "licence_types_without_rule": list(found.unnamed),
        "states_without_rule": list(found.states),
    }


def _silence(one: Silence, book: Book) -> Facts:
    return {
        "kind": one.kind,
        "licence_type": one.licence_type,
        "items": list(one.items),
        **_period(one.period),
        "places": [list(place) for place in one.places],
        "nearest_rule": _rule(one.beside),
        "example": _asked(one.sample, book),
    }


def _conflict(one: Conflict, book: Book) -> Facts:
    return {
        "first": _rule(one.first),
        "second": _rule(one.second),
        "licence_types": list(one.licence_types),
        "items": list(one.items),
        **_period(one.period),
        "place": list(one.place),
        "differences": [
            {"dimension": more.dimension, "values": list(more.values)} for more in one.differences
        ],
        "example": _asked(one.sample, book),
    }


def _asked(asked: Asked, book: Book) -> Facts:
    question, came = asked.question, told(book, asked)
    return {
        "asking_division": question.asking_division,
        "issuing_division": question.issuing_division,
        "licence_type": question.licence_type,
        "item": question.item,
        "use_kind": question.use_kind,
        "purpose": question.purpose,
        "legal_basis": question.legal_basis,
        "consent": question.has_consent,
        "fields": list(question.fields),
        "holder": question.holder,
        "on": day_of(question.arrived_at),
        "claimed": dict(asked.claimed),
        "answer": None if asked.answer is None else asdict(asked.answer),
        "outcome": came.outcome,
        "reason": came.reason,
        "rule": came.rule,
        "recognised": came.recognised,
    }


def matrix(found: Matrix) -> Facts:
    return {
        "on": day_of(found.at),
        "regions": list(found.regions),
        "accepted": [
            {
                "recognising": recognising,
                "issuing": issuing,
                "licence_type": name,
                "by_review": one.by_review,
                "in_part": one.in_part,
                "partly_denied": one.denied,
                "until": None if one.until is None else day_of(one.until),
                "rules": [f"{rule.id}@{rule.version}" for rule in one.rules],
            }
            for (recognising, issuing), types in sorted(found.cells.items())
            for name, one in types.items()
        ],
    }


def asymmetry(pair: tuple[str, str], one: Asymmetry) -> Facts:
    return {
        "accepting": pair[0],
        "other": pair[1],
        "licence_type": one.licence_type,
        "kind": one.kind,
        "items": list(one.items),
        "lacks": list(one.less),
        "rule": _rule(one.rule),
        "other_rule": None if one.other is None else _rule(one.other),
        "one_sided": one.reason or None,
    }


def path(one: Path) -> Facts:
    return {
        "grade": one.grade,
        "refusing": one.refusing,
        "issuing": one.issuing,
        "licence_type": one.licence_type,
        "divisions": list(one.divisions),
        "items": list(one.items),
        "refused_by": None if one.direct is None else _rule(one.direct),
        "refused": [more.words for more in one.more],
        "through": one.through,
        "recognised_there_for": one.by_item,
        "by": _rule(one.first),
        "result": one.result,
        "accepted_by": _rule(one.second),
    }


def _rule(rule: RecognitionRule) -> Facts:
    return {"id": rule.id, "version": rule.version, "place": rule.place}


def _period(period: Period) -> Facts:
    """Half open: until is the first day after it."""
    return {
        "from": None if period.begins is None else day_of(period.begins),
        "until": None if period.ends is None else day_of(period.ends),
    }
