"""Names in a generated module: what it must import, and its constants."""

import re
from typing import Final

from gateway.codegen.layout import brackets, call, import_from
from gateway.definitions.patterns import as_alphabet, parts_of
from gateway.definitions.shapes import Shape

CHECKS: Final = {
    "licence-identifier": "is_licence_identifier",
    "uscc": "is_uscc",
    "item-code": "is_item_code",
}
# Names a generated function uses for itself.
_TAKEN: Final = (
    "at", "body", "byte", "contract", "item", "letters", "odd", "out", "present", "record", "size", "start",
)  # fmt: skip
# Patterns of what is new with nearly every event: ids, numbers of people and papers. Values of every
# other pattern come from short lists and are remembered.
_ONE_OFF: Final = frozenset(
    {
        "^[0-9a-z][0-9a-z-]{0,62}$",
        "^[0-9A-Za-z._:/-]{1,128}$",
        "^[0-9A-Za-z()_-]{1,64}$",
        "^[0-9A-Za-z._/-]{1,50}$",
        "^[0-9A-Z.]{51,94}$",
    }
)


def snake(name: str) -> str:
    """`licence-ledger` and `LicenceLedger` to `licence_ledger`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def camel(name: str) -> str:
    """`ledger-entry` to `LedgerEntry`."""
    return "".join(part.capitalize() for part in name.split("-"))


def local(name: str) -> str:
    """The local variable for a field."""
    return f"{name}_" if name in _TAKEN else name


def item_name(item: Shape) -> str:
    """What the function that reads the items of an array is called after `_read_`."""
    return snake(item.type_name) if item.kind == "record" else f"{item.path.replace('.', '_')}_item"


_PYTHON: Final = {
    "string": "str",
    "enum": "str",
    "bytes": "bytes",
    "fixed": "bytes",
    "boolean": "bool",
    "int": "int",
    "long": "int",
    "double": "float",
}


def annotation(shape: Shape) -> str:
    """The Python type of a field's value."""
    if shape.items is not None:
        plain = f"tuple[{annotation(shape.items)}, ...]"
    else:
        plain = shape.type_name if shape.kind == "record" else _PYTHON[shape.kind]
    return f"{plain} | None" if shape.optional else plain


def as_taken(fields: tuple[Shape, ...]) -> list[Shape]:
    """The fields in the order in which a class takes them: what must be there, then what may be null."""
    return sorted(fields, key=lambda shape: shape.optional)


def is_remembered(shape: Shape) -> bool:
    """Whether a field's values are looked up among those seen before, not read letter by letter."""
    pattern = shape.limits.get("pattern")
    if shape.kind != "string" or pattern is None or pattern in _ONE_OFF:
        return False
    return _alphabet(pattern) is not None


_WIDEST: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def bounds(shape: Shape) -> list[str]:
    """The range of a number, as source text."""
    least, most = _WIDEST[shape.kind]
    return [str(shape.limits.get("minimum", least)), str(shape.limits.get("maximum", most))]


def import_order(name: str) -> tuple[bool, bool, str]:
    """Sort key of imported names: constants, then classes, then functions."""
    return not name.isupper(), not name[0].isupper(), name


class Names:
    """Collects, while the functions of one module are written, what they refer to."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}
        self.forms: dict[str, Shape] = {}
        self.enums: dict[str, tuple[str, ...]] = {}
        self.memories: dict[str, str] = {}

    def error(self, name: str) -> str:
        return self._import("gateway.errors", name)

    def remembering(self, name: str) -> str:
        return self._import("gateway.codec.remembering", name)

    def known(self, shape: Shape) -> str:
        """The memory of a field's values by their bytes."""
        form, _ = self.form(shape)
        check = shape.limits.get("check")
        arguments = form if check is None else f"{form}, {self.identifiers(CHECKS[check])}"
        name = form.replace("FORM", "KNOWN") + ("" if check is None else f"_{snake(check).upper()}")
        return self._memory(name, f"{self.remembering('Readable')}({arguments})")

    def written(self, shape: Shape) -> str:
        """The memory of a field's values as they are written."""
        most = shape.limits["maxLength"]
        if shape.optional:
            return self._memory(f"SOME_TEXT_{most}", f"{self.remembering('WrittenSome')}({most})")
        return self._memory(f"TEXT_{most}", f"{self.remembering('Written')}({most})")

    def _memory(self, name: str, made: str) -> str:
        self.memories[name] = made
        return name

    def reading(self, name: str) -> str:
        return self._import("gateway.codec.reading", name)

    def writing(self, name: str) -> str:
        return self._import("gateway.codec.writing", name)

    def identifiers(self, name: str) -> str:
        return self._import("gateway.identifiers", name)

    def _import(self, module: str, name: str) -> str:
        self.imports.setdefault(module, set()).add(name)
        return name

    def symbols(self, shape: Shape) -> str:
        """The constant that holds the symbols of an enum."""
        constant = snake(shape.type_name).upper()
        self.enums[constant] = shape.symbols
        return constant

    def form(self, shape: Shape) -> tuple[str, bool]:
        """The constant for a field's pattern, and whether it is an `Alphabet` (else a `Layout`)."""
        pattern = shape.limits["pattern"]
        self.forms.setdefault(pattern, shape)
        self.reading("Alphabet" if _alphabet(pattern) else "Layout")
        return f"FORM_{1 + list(self.forms).index(pattern)}", _alphabet(pattern) is not None

    def constants(self) -> list[str]:
        """The lines that define the constants."""
        lines: list[str] = []
        for number, (pattern, shape) in enumerate(self.forms.items(), start=1):
            lines += _form_constant(f"FORM_{number}", pattern, shape.limits["maxLength"])
        for constant, symbols in self.enums.items():
            quoted = [f'"{symbol}"' for symbol in symbols]
            lines += brackets(f"{constant}: Final = ", quoted, "(", ")")
            entries = [f'{symbol}: b"\\x{index << 1:02x}"' for index, symbol in enumerate(quoted)]
            lines += brackets(f"{constant}_BYTES: Final = ", entries, "{", "}")
        lines += [f"{name}: Final = {made}" for name, made in sorted(self.memories.items())]
        return lines

    def import_lines(self) -> list[str]:
        """The `from ... import ...` lines, sorted."""
        lines: list[str] = []
        for module, names in sorted(self.imports.items()):
            ordered = sorted(names, key=import_order)
            lines += import_from(module, ordered)
        return lines


def _alphabet(pattern: str) -> tuple[int, bytes, bytes] | None:
    parts = parts_of(pattern)
    return None if parts is None else as_alphabet(parts)


def _form_constant(constant: str, pattern: str, most: int) -> list[str]:
    alphabet = _alphabet(pattern)
    if alphabet is None:
        matches = f're.compile(rb"{pattern[1:-1]}").fullmatch'
        return call(f"{constant}: Final = Layout", [f'"{pattern}"', str(most), matches], 0)
    least, first, rest = alphabet
    arguments = [f'"{pattern}"', str(least), str(most), f'b"{first.decode()}"', f'b"{rest.decode()}"']
    return call(f"{constant}: Final = Alphabet", arguments, 0)
