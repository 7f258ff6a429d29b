"""Where the schemas are read and the generated modules belong."""

from pathlib import Path
from typing import Final

from gateway.codegen.contracts import read_contracts
from gateway.codegen.modules import contract_module, index_module
from gateway.codegen.names import snake

_REPOSITORY: Final = Path(__file__).parents[2]
AVRO: Final = _REPOSITORY / "avro"
CODEC: Final = _REPOSITORY / "gateway" / "codec"


def generate() -> dict[str, str]:
    """The generated modules as they should be, by path below `gateway/codec/`.

    Raises ValueError with all findings if a schema does not pass the lint.
    """
    contracts = read_contracts(AVRO)
    modules = {
        f"generated/{snake(name)}.py": contract_module(versions) for name, versions in contracts.items()
    }
    package = '"""One module per contract, generated; see `gateway.codec`."""\n'
    return {"__init__.py": index_module(contracts), "generated/__init__.py": package} | modules
