"""How a region's own platform writes codes, field names and dates (标准转换): what its forms.yaml becomes.

Every table is worked out once, in both directions, so that a code costs one dict access. A table that a
region does not have is empty and leaves everything as it is.
"""

from dataclasses import dataclass, field
from typing import Final

DATE_FORMATS: Final = {
    "YYYYMMDD": ("", "", ""),
    "YYYY/MM/DD": ("/", "/", ""),
    "YYYY.MM.DD": (".", ".", ""),
    "YYYY年MM月DD日": ("年", "月", "日"),
}
"""What stands behind year, month and day in each way of writing a date; the common one is 2026-03-02."""
COMMON_DATE: Final = ("-", "-", "")
COMMON_OPEN_END: Final = "9999-12-31"
"""How the common form writes the end of what has none (长期)."""


@dataclass(frozen=True)
class CodeTable:
    """One kind of code, both ways.

    inward: the region's code -> the common one. outward: the common code -> the region's, at most one each.
    known: common codes, which a region may write too. refuses: whether any other code is refused; else it
    stays as it is, and what the agreements say of it decides.
    """

    inward: dict[str, str] = field(default_factory=dict)
    outward: dict[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    refuses: bool = False


@dataclass(frozen=True)
class StateTable:
    """A region's codes of states, which stand beside the common state.

    inward: the region's code -> the common state. outward: the common state -> the region's code, and
    `delivers_own` whether it is put beside the state in what is delivered to the region.
    otherwise: the state of a code that is in no table; None: it is refused.
    """

    inward: dict[str, str] = field(default_factory=dict)
    outward: dict[str, str] = field(default_factory=dict)
    delivers_own: bool = False
    otherwise: str | None = None


@dataclass(frozen=True)
class FieldTable:
    """The names of one licence type's fields; `dates` are the common names of those that hold dates."""

    names: CodeTable
    dates: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DateForm:
    """How the region writes dates. open_end: how it writes an end that never comes, if it has a word."""

    behind: tuple[str, str, str] = COMMON_DATE
    open_end: str | None = None
    refuses: bool = False


@dataclass(frozen=True)
class Forms:
    """The own form of one region. path: its file. contracts: those it writes and reads in its form."""

    path: str
    contracts: frozenset[str]
    items: CodeTable = field(default_factory=CodeTable)
    licence_types: CodeTable = field(default_factory=CodeTable)
    fields: dict[str, FieldTable] = field(default_factory=dict)
    dates: DateForm = field(default_factory=DateForm)
    divisions: CodeTable = field(default_factory=CodeTable)
    licence_states: StateTable | None = None
    application_states: StateTable | None = None


@dataclass(frozen=True)
class Translation:
    """What lies between two regions for one contract: the form of each, where it has one."""

    sender: Forms | None
    target: Forms | None
