"""topics/, avro/ and regions/ become one frozen, cross-checked, numbered `Definitions`.

The only place that reads definition files, and the only one that knows PyYAML and, for them,
pydantic. Types are strict: a number is no text. Unknown keys are errors. All problems are reported at
once, in file order, each with file, line, column and, where a name is close to a known one, a hint.
"""

from gateway.definition_files.codes import Code
from gateway.definition_files.examples import Answer, Application, Example, Expected, Request
from gateway.definition_files.folders import Snapshot, digest, snapshot
from gateway.definition_files.json_schemas import json_schemas, write_json_schemas
from gateway.definition_files.loading import Loaded, findings, load, load_examples, loaded, plain
from gateway.definition_files.meanings import MEANINGS, found
from gateway.definition_files.standing import CannotSign, Standing, sign, standings
from gateway.definition_files.store import Refused, Store, is_whole, roots_by_number
from gateway.definition_files.succession import Accepted, restart_needed, successor
from gateway.definition_files.surveying import Survey, survey
from gateway.definition_files.texts import Texts, load_texts

__all__ = [
    "MEANINGS",
    "Accepted",
    "Answer",
    "Application",
    "CannotSign",
    "Code",
    "Example",
    "Expected",
    "Loaded",
    "Refused",
    "Request",
    "Snapshot",
    "Standing",
    "Store",
    "Survey",
    "Texts",
    "digest",
    "findings",
    "found",
    "is_whole",
    "json_schemas",
    "load",
    "load_examples",
    "load_texts",
    "loaded",
    "plain",
    "restart_needed",
    "roots_by_number",
    "sign",
    "snapshot",
    "standings",
    "successor",
    "survey",
    "write_json_schemas",
]
