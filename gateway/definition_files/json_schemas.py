"""The JSON schemas beside the definition files, printed from the forms: editors complete and underline."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.definition_files.agreements import AgreementForm
from gateway.definition_files.catalogue import (
    BlocsFile,
    CodeListsFile,
    ItemsFile,
    LicenceTypesFile,
    PurposesFile,
)
from gateway.definition_files.fields import Form
from gateway.definition_files.forms import FormsFile
from gateway.definition_files.loading import NumberFile
from gateway.definition_files.regions import RegionForm
from gateway.definition_files.signing import SignaturesFile
from gateway.definition_files.topics import TopicForm

_FORMS: Final[Mapping[str, type[Form]]] = {
    "regions/agreement.schema.json": AgreementForm,
    "regions/blocs.schema.json": BlocsFile,
    "regions/codes.schema.json": CodeListsFile,
    "regions/definitions.schema.json": NumberFile,
    "regions/forms.schema.json": FormsFile,
    "regions/items.schema.json": ItemsFile,
    "regions/licence-types.schema.json": LicenceTypesFile,
    "regions/purposes.schema.json": PurposesFile,
    "regions/region.schema.json": RegionForm,
    "regions/signatures.schema.json": SignaturesFile,
    "topics/topic.schema.json": TopicForm,
}


def json_schemas() -> dict[str, str]:
    """The JSON schemas as they should be, by path relative to the definitions root."""
    return {path: _printed(form) for path, form in _FORMS.items()}


def write_json_schemas(root: Path) -> None:
    """Write them where the definition files look for them."""
    for path, text in json_schemas().items():
        (root / path).write_text(text, "utf-8")


def _printed(form: type[Form]) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **form.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
