"""topics/, avro/ and regions/ become one frozen, cross-checked, numbered `Definitions`.

The only place that reads definition files, and the only one that knows PyYAML and, for them,
pydantic. Types are strict: a number is no text. Unknown keys are errors. All problems are reported at
once, in file order, each with file, line, column and, where a name is close to a known one, a hint.
"""

from gateway.definition_files.examples import Answer, Application, Example, Expected, Request
from gateway.definition_files.json_schemas import json_schemas, write_json_schemas
from gateway.definition_files.loading import findings, load, load_examples
from gateway.definition_files.standing import CannotSign, Standing, sign, standings

__all__ = [
    "Answer",
    "Application",
    "CannotSign",
    "Example",
    "Expected",
    "Request",
    "Standing",
    "findings",
    "json_schemas",
    "load",
    "load_examples",
    "sign",
    "standings",
    "write_json_schemas",
]
