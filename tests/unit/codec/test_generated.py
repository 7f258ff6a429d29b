"""What is generated: current, one decoder per schema file, ids from the files, no library in the core."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fastavro.schema import parse_schema, to_parsing_canonical_form

from gateway import codec
from gateway.codegen.contracts import read_contracts
from gateway.codegen.files import CODEC, generate
from gateway.codegen.readers import CHECKS
from gateway.codegen.tables import contracts_table
from gateway.definitions import lint
from gateway.definitions.schema_ids import canonical_form, schema_id
from tests.contracts import AVRO, schema

SCHEMAS = sorted(AVRO.glob("*/*.avsc"))


def test_generated_modules_are_current() -> None:
    on_disk = {f"generated/{path.name}": path.read_text("utf-8") for path in CODEC.glob("generated/*.py")}
    on_disk["__init__.py"] = (CODEC / "__init__.py").read_text("utf-8")
    assert on_disk == generate(), "stale: run `python -m gateway.codegen`"


def test_every_schema_file_has_a_decoder_and_an_id() -> None:
    keys = [(path.parent.name, int(path.stem[1:])) for path in SCHEMAS]
    contracts = {key: schema(*key) for key in keys}
    assert codec.DECODERS.keys() == contracts.keys()
    assert {key: schema_id(found) for key, found in contracts.items()} == codec.SCHEMA_IDS
    assert len(set(codec.SCHEMA_IDS.values())) == len(SCHEMAS)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_canonical_form_is_that_of_fastavro(path: Path) -> None:
    text = path.read_text("utf-8")
    assert canonical_form(json.loads(text)) == to_parsing_canonical_form(parse_schema(json.loads(text)))


def test_canonical_form_of_arrays_maps_and_spaces() -> None:
    nested = {
        "type": "record",
        "name": "a.b.Outer",
        "fields": [
            {"name": "list", "type": {"type": "array", "items": {"type": "string"}}},
            {"name": "map", "type": {"type": "map", "values": {"type": "fixed", "name": "F", "size": 2}}},
            {"name": "again", "type": ["null", "F"]},
            {"name": "other", "type": {"type": "enum", "name": "E", "namespace": "c", "symbols": ["X"]}},
        ],
    }
    assert canonical_form(nested) == to_parsing_canonical_form(parse_schema(nested))
    assert canonical_form({"type": "record", "name": "Bare", "fields": []}) == (
        '{"name":"Bare","type":"record","fields":[]}'
    )


def test_lint_and_generator_know_the_same_checks() -> None:
    assert tuple(CHECKS) == lint.CHECKS


def test_core_codec_loads_nothing_that_acts() -> None:
    program = "import sys, gateway.codec; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"fastavro", "asyncio", "confluent_kafka", "pydantic"} & set(loaded.stdout.split())


def test_generator_refuses_a_schema_that_fails_the_lint(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "v1.avsc").write_text('{"type": "record", "name": "Sample", "fields": [], "kind": "entry"}')
    (folder / "v2.avsc").write_text('{"type": "string"}')
    (folder / "2.avsc").write_text("{}")
    with pytest.raises(ValueError, match="rule 2") as error:
        read_contracts(tmp_path)
    lines = str(error.value).splitlines()
    assert lines[0].endswith("2.avsc: a schema file is called v<n>.avsc, n from 1.")
    assert [line.partition(": ")[0].rpartition("/")[2] for line in lines[1:]] == ["v1.avsc"] * 2 + ["v2.avsc"]


def test_generator_refuses_a_change_that_breaks_readers(tmp_path: Path) -> None:
    folder = tmp_path / "event-receipt"
    folder.mkdir()
    changed = schema("event-receipt", 1)
    (folder / "v1.avsc").write_text(json.dumps(changed), "utf-8")
    changed["fields"].pop()
    (folder / "v2.avsc").write_text(json.dumps(changed), "utf-8")
    with pytest.raises(ValueError, match=r"v2\.avsc: allowed: is not as released"):
        read_contracts(tmp_path)


def test_table_of_contracts_has_a_row_per_version() -> None:
    rows = contracts_table().splitlines()[2:]
    assert len(rows) == len(SCHEMAS)
    number = codec.SCHEMA_IDS["application-progressed", 1]
    assert rows[0].startswith(f"| `application-progressed` | 1 | {number} | regions | 16384 | Either party ")
