"""Whether the examples of an agreement are about that agreement: a slip of the pen must not let one pass."""

from collections.abc import Iterator, Sequence

from gateway.definition_files.agreement_checks import World
from gateway.definition_files.agreements import AgreementFile
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.examples import ExampleForm, ExpectedForm, RequestForm
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.regions import covers
from gateway.errors import Finding


def check(file: AgreementFile, world: World) -> Iterator[Finding]:
    """Say where an example is about something else than its agreement."""
    for example in file.examples:
        yield from _check_parts(example)
        yield from _check_parties(example, file.head.form.regions if file.head else None)
        yield from _check_expected(example, file.rule_ids)
        if example.form.request is not None:
            yield from _check_fields(example, example.form.request, world)
            yield from _check_divisions(example, example.form.request, world)


def _check_parts(example: Entry[ExampleForm]) -> Iterator[Finding]:
    form = example.form
    if (form.request is None) == (form.application is None):
        yield example.finding("either a request or an application is wanted.", code=Code.EXAMPLE_INCOMPLETE)
    if (form.answer is None) != (form.expect_answer is None):
        yield example.finding("answer and expect_answer come together.", code=Code.EXAMPLE_INCOMPLETE)
    if form.answer is not None and (form.request is None or form.expect.outcome != "delivered"):
        yield example.finding(
            "only a request that is delivered has an answer.", "answer", code=Code.EXAMPLE_INCOMPLETE
        )


def _check_parties(example: Entry[ExampleForm], pair: Sequence[str] | None) -> Iterator[Finding]:
    request, application = example.form.request, example.form.application
    if pair and request and {request.asking, request.issuing} != set(pair):
        yield example.finding(f"from and to must be {' and '.join(pair)}.", "request", code=Code.NOT_A_PARTY)
    if pair and application and {application.receiving, application.deciding} != set(pair):
        yield example.finding(
            f"from and to must be {' and '.join(pair)}.", "application", code=Code.NOT_A_PARTY
        )


def _check_expected(example: Entry[ExampleForm], rule_ids: frozenset[str]) -> Iterator[Finding]:
    for key in ("expect", "expect_answer"):
        expected: ExpectedForm | None = getattr(example.form, key)
        if expected is None:
            continue
        if (expected.outcome == "refused") != (expected.reason is not None):
            yield example.finding(
                "a refusal has a reason, a delivery has none.", key, code=Code.EXAMPLE_INCOMPLETE
            )
        if expected.recognised is not None and (key == "expect" or expected.outcome != "delivered"):
            yield example.finding(
                "only a delivered answer is recognised or not.",
                key,
                "recognised",
                code=Code.EXAMPLE_INCOMPLETE,
            )
        if expected.rule is not None and expected.rule not in rule_ids:
            hint = did_you_mean(expected.rule, rule_ids)
            yield example.finding(
                f'rule "{expected.rule}" is not in this agreement{hint}.', key, "rule", code=Code.UNKNOWN_NAME
            )


def _check_fields(example: Entry[ExampleForm], request: RequestForm, world: World) -> Iterator[Finding]:
    licence_type = world.licence_types.get(request.licence_type)
    returned = example.form.answer.returned if example.form.answer else ()
    for steps, names in ((("request", "fields"), request.fields), (("answer", "returned"), returned)):
        for index, name in enumerate(names):
            if licence_type and name not in licence_type.fields:
                hint = did_you_mean(name, licence_type.fields)
                message = f'licence type "{licence_type.name}" has no field "{name}"{hint}.'
                yield example.finding(message, *steps, index, code=Code.UNKNOWN_FIELD)


def _check_divisions(example: Entry[ExampleForm], request: RequestForm, world: World) -> Iterator[Finding]:
    sides = (
        ("asking_division", request.asking_division, world.regions.get(request.asking)),
        ("issuing_division", request.issuing_division, world.regions.get(request.issuing)),
    )
    for key, division, region in sides:
        if region and division and not covers(region.division, division):
            message = f'"{division}" is not in {region.name} ("{region.division}").'
            yield example.finding(message, "request", key, code=Code.OUTSIDE_REGION)
