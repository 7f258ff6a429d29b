"""A question that the proofs found, as YAML to paste under `examples:` of the agreement."""

import json
from datetime import date, timedelta

from rich.cells import cell_len

from gateway.definitions.book import Book
from gateway.law.asking import Answer, Asked, Told, told
from gateway.law.grid import day_of

WIDTH = 110


def example(name: str, asked: Asked, book: Book) -> str:
    """The example, expecting what recognition says today."""
    came = told(book, asked)
    lines = [f"  - name: {_text(name)}", "    request:"]
    lines += _flow(_request(asked), "      ")
    lines += [f"    expect: {{{', '.join(_expected(came))}}}"]
    if came.recognised is not None and asked.answer is not None:
        lines += ["    answer:", *_flow(_answer(asked.answer, asked), "      ")]
        lines += [f'    expect_answer: {{outcome: delivered, recognised: "{came.recognised}"}}']
    return "\n".join(lines)


def _request(asked: Asked) -> list[str]:
    one = asked.question
    pairs = [
        f"from: {one.asking}",
        f"to: {one.issuing}",
        f"licence_type: {one.licence_type}",
        f"item: {one.item}",
        f"use_kind: {one.use_kind}",
        f"purpose: {one.purpose}",
        f"legal_basis: {one.legal_basis}",
        f"consent: {'true' if one.has_consent else 'false'}",
        f"fields: [{', '.join(one.fields)}]",
        f'on: "{day_of(one.arrived_at)}"',
        f'asking_division: "{one.asking_division}"',
        f'issuing_division: "{one.issuing_division}"',
        f"holder: {one.holder}",
    ]
    if asked.claimed:
        values = ", ".join(f"{field}: {_text(value)}" for field, value in asked.claimed)
        pairs.append(f"claimed: {{{values}}}")
    return pairs


def _answer(answer: Answer, asked: Asked) -> list[str]:
    pairs = [f"state: {answer.state}", f"trust: {answer.trust}", "returned: []"]
    if answer.days is not None:
        since = date.fromisoformat(day_of(asked.question.arrived_at)) - timedelta(days=answer.days)
        pairs.append(f'since: "{since.isoformat()}"')
    if answer.returned:
        values = ", ".join(f"{field}: {_text(value)}" for field, value in answer.returned)
        pairs.append(f"values: {{{values}}}")
    if answer.mismatched:
        pairs.append(f"mismatched: [{', '.join(answer.mismatched)}]")
    return pairs


def _expected(came: Told) -> list[str]:
    pairs = [f"outcome: {came.outcome}"]
    if came.reason is not None:
        pairs.append(f"reason: {came.reason}")
    if came.rule is not None:
        pairs.append(f"rule: {came.rule}")
    return pairs


def _flow(pairs: list[str], indent: str) -> list[str]:
    """A flow mapping over as many lines as it takes."""
    lines = [indent + "{" + pairs[0]]
    for pair in pairs[1:]:
        if cell_len(lines[-1]) + cell_len(pair) + len(", },") > WIDTH:
            lines[-1] += ","
            lines.append(f"{indent} {pair}")
        else:
            lines[-1] += f", {pair}"
    return [*lines[:-1], lines[-1] + "}"]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
