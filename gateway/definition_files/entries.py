"""Hold the plain values of a file against their forms; what does not fit is said at its place.

The entries of a list are taken one by one, so that a fault in one hides nothing in the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gateway.definition_files.codes import Code
from gateway.definition_files.fields import FAULT, Form, Names, did_you_mean
from gateway.definition_files.reading import Document, Place
from gateway.definition_files.yaml_values import Location
from gateway.errors import Finding

F = TypeVar("F", bound=Form)
F_co = TypeVar("F_co", bound=Form, covariant=True)


@dataclass(frozen=True)
class Entry(Generic[F_co]):
    """One mapping that fits its form, and where it stands."""

    document: Document
    location: Location
    form: F_co

    @property
    def line(self) -> int:
        return self.place().line

    @property
    def column(self) -> int:
        return self.place().column

    def place(self, *steps: str | int) -> Place:
        """Where the value that lies `steps` further inside this entry stands, or else the entry itself."""
        found = self.document.place((*self.location, *steps)) or self.document.place(self.location)
        assert found is not None  # an entry was read from somewhere
        return found

    def finding(self, message: str, *steps: str | int, code: Code = Code.DOES_NOT_FIT) -> Finding:
        """A problem of the value that lies `steps` further inside this entry."""
        return self.document.finding((*self.location, *steps), message, code)


@dataclass(frozen=True)
class Intake:
    """Takes values in: `names` is what they may refer to, `findings` collects what is wrong with them."""

    names: Names
    findings: list[Finding]

    def one(self, document: Document, form: type[F], location: Location = ()) -> Entry[F] | None:
        """Take one mapping as `form`; a misfit gives findings and None."""
        value = _inside(document.value, location)
        self.findings.extend(_written_twice(document, value, location))
        try:
            return Entry(document, location, form.model_validate(value, context=self.names))
        except ValidationError as error:
            self.findings.extend(_finding(document, form, location, detail) for detail in _details(error))
            return None

    def each(
        self, document: Document, key: str, form: type[F], kind: Callable[[object], type[F]] | None = None
    ) -> tuple[Entry[F], ...]:
        """Take each entry of the list at the top-level `key`; those that do not fit are left out.

        kind: picks the form of an entry where the list holds several kinds.
        """
        taken = (
            self.one(document, kind(value) if kind else form, (key, index))
            for index, value in enumerate(listed(document, key))
        )
        return tuple(one for one in taken if one is not None)


def without_lists(document: Document, *keys: str) -> Document:
    """The same file with these lists emptied: their entries are taken one by one."""
    if not isinstance(document.value, dict):
        return document
    empty = {key: () for key in keys if isinstance(document.value.get(key), tuple)}
    return replace(document, value={**document.value, **empty})


def texts_in(document: Document, key: str, inner: str) -> Iterator[str]:
    """The text under `inner` of each entry of a list, also of those that are wrong in something else."""
    for value in listed(document, key):
        if isinstance(value, dict) and isinstance(value.get(inner), str):
            yield value[inner]


def repeated(
    all_entries: Iterable[Entry[F]], what: str, key: Callable[[F], object], *steps: str | int
) -> Iterator[Finding]:
    """Say where a value that must be unique stands a second time. Entries without it have the key None."""
    first: dict[object, Entry[F]] = {}
    for one in all_entries:
        value = key(one.form)
        if value is None:
            continue
        if value in first:
            before = first[value]
            yield one.finding(
                f'{what} "{value}" is already in {before.document.path}, line {before.line}.',
                *steps,
                code=Code.DEFINED_TWICE,
            )
        first.setdefault(value, one)


def listed(document: Document, key: str) -> tuple[object, ...]:
    """The entries of the list at the top-level `key`; none if there is no such list."""
    found = document.value.get(key) if isinstance(document.value, dict) else None
    return found if isinstance(found, tuple) else ()


def _inside(value: Any, location: Location) -> Any:
    for step in location:
        value = value[step]
    return value


def _written_twice(document: Document, value: object, location: Location) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _written_twice(document, inner, (*location, key))
    elif isinstance(value, tuple):
        seen: set[str] = set()
        for index, inner in enumerate(value):
            if isinstance(inner, str):
                if inner in seen:
                    yield document.finding(
                        (*location, index), f'"{inner}" is listed twice.', Code.LISTED_TWICE
                    )
                seen.add(inner)
            yield from _written_twice(document, inner, (*location, index))


def _details(error: ValidationError) -> list[ErrorDetails]:
    """What pydantic found, without a list being too short only because its entries were refused."""
    details = error.errors()
    inside = {detail["loc"][:-1] for detail in details}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inside]


def _finding(document: Document, form: type[Form], location: Location, error: ErrorDetails) -> Finding:
    steps = error["loc"]
    here = (*location, *steps)
    kind = error["type"]
    if kind == "missing":
        key = str(steps[-1])
        meaning = _keys(_form_at(form, steps[:-1]))[key].description
        return document.finding(here[:-1], f'key "{key}" is missing: {meaning}.', Code.MISSING_KEY)
    if kind == "extra_forbidden":
        known = tuple(_keys(_form_at(form, steps[:-1])))
        hint = did_you_mean(str(steps[-1]), known) or f" (known: {', '.join(known)})"
        return document.key_finding(here, f"unknown key{hint}.", Code.UNKNOWN_KEY)
    return document.finding(here, _sentence(error, document.written(here)), _code(error))


def _code(error: ErrorDetails) -> Code:
    if error["type"] == FAULT:
        return Code(error.get("ctx", {})["code"])
    return Code.OUT_OF_BOUNDS if error["type"] in _OUT_OF_BOUNDS else Code.WRONG_TYPE


def _form_at(form: type[Form], steps: tuple[str | int, ...]) -> type[Form]:
    """The form of the mapping at `steps` inside a mapping of this form."""
    for step in steps:
        if isinstance(step, str):
            form = next(_forms_in(_keys(form)[step].annotation))
    return form


def _keys(form: type[Form]) -> dict[str, FieldInfo]:
    """The keys of a form as files write them: `from` is no name that Python takes."""
    return {field.alias or name: field for name, field in form.model_fields.items()}


def _forms_in(annotation: Any) -> Iterator[type[Form]]:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        yield annotation
    for inner in get_args(annotation):
        yield from _forms_in(inner)


_WANTED: Final[Mapping[str, str]] = {
    "string_type": "a text is wanted",
    "date_type": "a date in quotes is wanted",
    "int_type": "a whole number is wanted",
    "bool_type": "true or false is wanted",
    "tuple_type": "a list is wanted",
    "model_type": "a mapping is wanted",
}
_OUT_OF_BOUNDS: Final[Mapping[str, str]] = {
    "greater_than_equal": "{input} is too small; at least {ge} is wanted.",
    "less_than_equal": "{input} is too large; at most {le} is wanted.",
    "string_too_short": "the text is empty.",
    "too_short": "the list is too short; at least {min_length} wanted.",
    "too_long": "the list is too long; at most {max_length} wanted.",
}


def _sentence(error: ErrorDetails, written: str) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == FAULT:
        return str(context["sentence"])
    if kind in _OUT_OF_BOUNDS:
        return _OUT_OF_BOUNDS[kind].format(input=value, **context)
    if kind in ("string_type", "date_type") and isinstance(value, int | float):
        what = "truth value" if isinstance(value, bool) else "number"
        return f'the value is the {what} {written}; write it in quotes: "{written}".'
    if kind in _WANTED:
        return f"the value is {_described(value, written)}; {_WANTED[kind]}."
    return f"{error['msg']}."


def _described(value: object, written: str) -> str:
    if isinstance(value, tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    if value is None:
        return "empty"
    return f'the text "{value}"' if isinstance(value, str) else written
