"""Lays generated lines out as the formatter would, so that it has nothing to change."""

from typing import Final

LINE_LENGTH: Final = 110


def call(head: str, arguments: list[str], indent: int, tail: str = "") -> list[str]:
    """`head(arguments)tail` on one line if it fits, else as few lines as the formatter allows."""
    pad = " " * indent
    joined = ", ".join(arguments)
    line = f"{pad}{head}({joined}){tail}"
    if len(line) <= LINE_LENGTH:
        return [line]
    if indent + 4 + len(joined) <= LINE_LENGTH:
        return [f"{pad}{head}(", f"{pad}    {joined}", f"{pad}){tail}"]
    return [f"{pad}{head}(", *(f"{pad}    {argument}," for argument in arguments), f"{pad}){tail}"]


def import_from(module: str, names: list[str]) -> list[str]:
    """`from module import names`, without brackets where it fits on one line."""
    line = f"from {module} import {', '.join(names)}"
    return [line] if len(line) <= LINE_LENGTH else brackets(f"from {module} import ", names, "(", ")")


def brackets(head: str, items: list[str], opening: str, closing: str) -> list[str]:
    """A tuple, list or dict literal, on one line if it fits, else one item per line."""
    joined = ", ".join(items) + ("," if opening == "(" and len(items) == 1 else "")
    line = f"{head}{opening}{joined}{closing}"
    if len(line) <= LINE_LENGTH:
        return [line]
    pad = " " * (len(head) - len(head.lstrip()))
    return [f"{head}{opening}", *(f"{pad}    {item}," for item in items), f"{pad}{closing}"]
