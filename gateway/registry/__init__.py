"""The schema registry: what it lacks of our contracts, which ids it gives them, what an id stands for.

One subject per record name; a schema is ours if it is read from bytes as one of `avro/`'s is (the same
Parsing Canonical Form). `plan` is pure. What goes wrong is put into sentences here, as `BrokerFault`.
Any registry that speaks Confluent's interface will do.
"""

from gateway.registry.asking import NoAnswer, SchemaRegistry, Version
from gateway.registry.note import keep, kept
from gateway.registry.plan import Change, Compatibility, Differs, Found, Register, plan, subject_of
from gateway.registry.subjects import apply, contract_of, found, registered

__all__ = [
    "Change",
    "Compatibility",
    "Differs",
    "Found",
    "NoAnswer",
    "Register",
    "SchemaRegistry",
    "Version",
    "apply",
    "contract_of",
    "found",
    "keep",
    "kept",
    "plan",
    "registered",
    "subject_of",
]
