"""The subjects of our contracts in a registry: looked at, completed, and put to use."""

from collections.abc import Iterable

from gateway.definitions import Contract
from gateway.errors import BrokerFault
from gateway.registry.asking import SchemaRegistry
from gateway.registry.plan import WANTED, Change, Compatibility, Found, Register, form_of, subject_of


def found(registry: SchemaRegistry, contracts: Iterable[Contract]) -> dict[str, Found]:
    """The subjects of these contracts as they stand."""
    subjects = dict.fromkeys(subject_of(contract) for contract in contracts)
    return {
        subject: Found(registry.versions(subject), registry.compatibility(subject)) for subject in subjects
    }


def apply(registry: SchemaRegistry, changes: Iterable[Change]) -> None:
    """Make the changes in their order; what differs stays as it is, for nothing registered is altered."""
    for change in changes:
        if isinstance(change, Register):
            registry.register(change.subject, change.contract.schema)
        elif isinstance(change, Compatibility):
            registry.set_compatibility(change.subject, WANTED)


def registered(registry: SchemaRegistry, contracts: tuple[Contract, ...]) -> dict[int, Contract]:
    """The contract behind each id of our subjects. Raises `BrokerFault` where one has none yet."""
    by_form = {form_of(contract.schema): contract for contract in contracts}
    ids: dict[int, Contract] = {}
    for subject in dict.fromkeys(subject_of(contract) for contract in contracts):
        for version in registry.versions(subject):
            contract = by_form.get(form_of(version.schema))
            if contract is not None:
                ids[version.schema_id] = contract
    for contract in contracts:
        if ids.get(contract.schema_id, contract) != contract:
            raise BrokerFault(
                f"the schema registry at {registry.url} gives the id {contract.schema_id}, by which "
                f"{contract.name} v{contract.version} is known everywhere, to another contract"
            )
    known = set(ids.values())
    missing = [f"{contract.name} v{contract.version}" for contract in contracts if contract not in known]
    if missing:
        raise BrokerFault(
            f"the schema registry at {registry.url} has no {', '.join(missing)}: "
            "run `gateway schemas apply` first."
        )
    return ids


def contract_of(registry: SchemaRegistry, contracts: tuple[Contract, ...], schema_id: int) -> Contract | None:
    """The contract an id stands for; None if it stands for nothing of ours. One question."""
    schema = registry.schema(schema_id)
    if schema is None:
        return None
    form = form_of(schema)
    return next((contract for contract in contracts if form_of(contract.schema) == form), None)
