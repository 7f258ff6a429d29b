"""Where the schemas are read and the generated modules belong."""

from pathlib import Path
from typing import Final

from gateway.codegen.modules import contract_module, index_module
from gateway.codegen.names import snake
from gateway.codegen.shapes import read_contracts

_REPOSITORY: Final = Path(__file__).parents[2]
AVRO: Final = _REPOSITORY / "avro"
GENERATED: Final = _REPOSITORY / "gateway" / "codec" / "generated"


def generate() -> dict[str, str]:
    """The generated modules as they should be, by file name.

    Raises ValueError with all findings if a schema does not pass the lint.
    """
    contracts = read_contracts(AVRO)
    modules = {f"{snake(name)}.py": contract_module(versions) for name, versions in contracts.items()}
    return {"__init__.py": index_module(contracts)} | modules
