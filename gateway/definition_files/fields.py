"""The kinds of value a definition file may hold, and what is said when a value is not of its kind.

A kind is put on a field of a `Form` with `Annotated`; it checks the value and shows up in the JSON
schemas that editors read.
"""

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gateway.definition_files.codes import Code
from gateway.definitions import LEGAL_BASES, LICENCE_STATES, TRUST_LEVELS, USE_KINDS
from gateway.identifiers import is_uscc

SHANGHAI: Final = datetime.timezone(datetime.timedelta(hours=8), "Asia/Shanghai")
"""The only zone of the files. It has had no other offset since 1991."""

FAULT: Final = "fault"
"""The pydantic error type of our own sentences."""

SPELLED_OUT: Final = 10
"""How many choices are listed even where one of them is close to the word."""

Names = Mapping[str, frozenset[str]]
"""What is known by name, by kind: "licence type" -> the names. A kind that could not be read is absent."""


class Form(BaseModel):
    """A mapping in a definition file: strict types, no unknown keys, never changed after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def fault(sentence: str, code: Code = Code.BAD_FORMAT) -> PydanticCustomError:
    return PydanticCustomError(FAULT, "{sentence}", {"sentence": sentence, "code": code})


def did_you_mean(word: str, choices: Collection[str]) -> str:
    """A hint to put before the full stop, or nothing if no choice is close to the word."""
    close = get_close_matches(word, sorted(choices), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


@dataclass(frozen=True)
class OneOf:
    """A word of a closed list."""

    what: str
    choices: tuple[str, ...]

    def check(self, word: str) -> str:
        if word in self.choices:
            return word
        hint = did_you_mean(word, self.choices)
        long = hint and len(self.choices) > SPELLED_OUT
        listed = f"the {len(self.choices)} known" if long else ", ".join(self.choices)
        raise fault(f'{self.what} "{word}" is not one of {listed}{hint}.', Code.UNKNOWN_CODE)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(self.choices)}


@dataclass(frozen=True)
class NameOf:
    """The name of something that is defined elsewhere.

    what: the kind, as in `Names`. home: where such names are defined.
    also: names that need no definition.
    """

    what: str
    home: str
    also: tuple[str, ...] = ()

    def check(self, name: str, info: core_schema.ValidationInfo) -> str:
        names: Names = info.context or {}
        if name in self.also or name in names.get(self.what, (name,)):
            return name
        hint = did_you_mean(name, names[self.what])
        raise fault(f'{self.what} "{name}" is not in {self.home}{hint}.', Code.UNKNOWN_NAME)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self.check, handler(source))


@dataclass(frozen=True)
class Written:
    """A text of a fixed shape. rule: the shape in words, with an example."""

    what: str
    pattern: str
    rule: str

    def check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text):
            return text
        raise fault(f'"{text}" is not a {self.what} ({self.rule}).')

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^({self.pattern})$"}


def _organisation(code: str) -> str:
    if is_uscc(code):
        return code
    raise fault(
        f'"{code}" is not a 统一社会信用代码 (18 characters with the right check character, GB 32100).'
    )


def _type_code(code: str) -> str:
    if len(code) == 21 and is_uscc(code[:18]) and code[18:].isdecimal():
        return code
    raise fault(f'"{code}" is not a licence type code (a 统一社会信用代码 and 3 digits, GB/T 36904).')


def _date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return _day(value)
    except ValueError as error:
        raise fault(f'"{value}" is not a date (year-month-day, as in "2024-05-01").') from error


@lru_cache(maxsize=1024)  # many rules begin on few days
def _day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI).date()


def midnight(date: datetime.date) -> int:
    """When this day begins in Shanghai: milliseconds since the epoch, UTC."""
    start = datetime.datetime.combine(date, datetime.time(), tzinfo=SHANGHAI)
    return int(start.timestamp()) * 1000


Sentence = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Name = Annotated[str, Written("name", "[a-z][a-z0-9-]{0,62}", 'small letters, digits and "-", at most 63')]
FieldName = Annotated[str, Written("field name", "[a-z][a-z0-9_]{0,62}", 'small letters, digits and "_"')]
Division = Annotated[str, Written("division code", "[1-9][0-9]{5}", "six digits of GB/T 2260")]
Organisation = Annotated[str, AfterValidator(_organisation)]
TypeCode = Annotated[str, AfterValidator(_type_code)]
Date = Annotated[datetime.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]

RegionRef = Annotated[str, NameOf("region", "regions/")]
LicenceTypeRef = Annotated[str, NameOf("licence type", "regions/catalog/licence-types.yaml")]
ItemRef = Annotated[str, NameOf("item", "regions/catalog/items.yaml")]
PurposeRef = Annotated[str, NameOf("purpose", "regions/catalog/purposes.yaml")]

UseKind = Annotated[str, OneOf("use kind", USE_KINDS)]
TrustLevel = Annotated[str, OneOf("trust level", TRUST_LEVELS)]
LegalBasis = Annotated[str, OneOf("legal basis", LEGAL_BASES)]
LicenceState = Annotated[str, OneOf("licence state", LICENCE_STATES)]
Mode = Annotated[str, OneOf("mode", ("ALL_ONLINE", "REMOTE_COLLECTION", "JOINT_HANDLING"))]
Holder = Annotated[str, OneOf("holder", ("person", "organisation"))]
HolderKind = Annotated[str, OneOf("holder", ("person", "organisation", "vehicle", "property"))]
