"""A form for a region of the small world: every kind of table, each with a code, a refusal and a way back."""

from gateway import forms
from gateway.definitions.forms import CodeTable, DateForm, FieldTable, Forms, StateTable

ALL = frozenset(forms.TRANSLATED)
ITEMS = CodeTable(
    {"gs-bg": "company-change"}, {"company-change": "gs-bg"}, frozenset({"company-change"}), True
)
TYPES = CodeTable({"yyzz": "business-licence"}, {"business-licence": "yyzz"}, frozenset({"id-card"}), True)
NAMES = CodeTable(
    {"mc": "name", "clrq": "established_date"},
    {"name": "mc", "established_date": "clrq"},
    frozenset({"name", "unified_code", "address", "established_date"}),
    True,
)
STATES = StateTable({"10": "VALID", "02": "EXPIRED"}, {"VALID": "10", "EXPIRED": "02"}, True, "UNKNOWN")
STEPS = StateTable({"1": "RECEIVED", "2": "WITHDRAWN"}, {"RECEIVED": "1"}, True)
OLD = CodeTable({"310230": "310151"}, {}, frozenset({"310151"}), False)
FORMS = Forms(
    "regions/x/forms.yaml",
    ALL,
    ITEMS,
    TYPES,
    {"business-licence": FieldTable(NAMES, frozenset({"established_date"}))},
    DateForm(("", "", ""), "长期", True),
    OLD,
    STATES,
    STEPS,
)
