"""A region's own form, read from regions/<region>/forms.yaml and applied once more, by none of our code."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import yaml

from tests.faults import wire

Body = dict[str, Any]
COMMON = "YYYY-MM-DD"
OPEN_END = "9999-12-31"


@cache
def form(region: str) -> dict[str, Any]:
    """The region's forms.yaml; one without contracts where it has none."""
    path = wire.ROOT / "regions" / region / "forms.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {"contracts": []}
    return found


def declared(source: str, target: str, contract: str) -> bool:
    """Whether the definitions declare a translation of this contract between these two."""
    return any(contract in form(region)["contracts"] for region in (source, target))


def refuses_fields(region: str, licence_type: str) -> bool:
    """Whether a name that is no field of this type is a wrong code of the region's, and not a wrong wish."""
    fields = form(region).get("fields", {"unmapped": "keep", "tables": []})
    return fields["unmapped"] == "refuse" and any(
        table["licence_type"] == licence_type for table in fields["tables"]
    )


def delivered(value: bytes, source: str, target: str, licence_type: str | None) -> bytes:
    """What must lie in the target's inbox for this published value."""
    known, body = wire.decode(value)
    body = common(source, known.name, body, licence_type)
    body = local(target, known.name, body, licence_type)
    return value[: wire.FRAME_BYTES] + wire.encode(known, body)[wire.FRAME_BYTES :]


def common(region: str, contract: str, body: Body, licence_type: str | None) -> Body:
    """An event of the region in the common form."""
    return _turned(region, contract, body, licence_type, inward=True)


def local(region: str, contract: str, body: Body, licence_type: str | None) -> Body:
    """A common event in the region's form."""
    return _turned(region, contract, body, licence_type, inward=False)


def _map(pairs: list[dict[str, Any]], inward: bool) -> dict[str, str]:
    if inward:
        return {pair["local"]: pair["common"] for pair in pairs}
    return {pair["common"]: pair["local"] for pair in pairs if pair.get("back", True)}


def _turned(region: str, contract: str, body: Body, licence_type: str | None, inward: bool) -> Body:
    own = form(region)
    if contract not in own["contracts"]:
        return body

    def table(name: str) -> dict[str, str]:
        return _map(own.get(name, {}).get("codes", []), inward)

    if "licence_type" in body:
        meant = _map(own.get("licence_types", {}).get("codes", []), inward=True)
        licence_type = meant.get(body["licence_type"], body["licence_type"])
    tables = own.get("fields", {}).get("tables", [])
    names = next((one["codes"] for one in tables if one["licence_type"] == licence_type), [])
    fields = _map(names, inward)
    dates = {word for pair in names if pair.get("date") for word in (pair["local"], pair["common"])}
    turn: dict[str, Callable[[Any], Any]] = {
        "item": lambda item: table("items").get(item, item),
        "licence_type": lambda name: table("licence_types").get(name, name),
        "division": lambda code: table("divisions").get(code, code),
        "materials": lambda found: [
            {**one, "licence_type": table("licence_types").get(one["licence_type"], one["licence_type"])}
            for one in found
        ],
    }
    for key in ("fields", "matched", "mismatched"):
        turn[key] = lambda found: [fields.get(name, name) for name in found]
    for key in ("claims", "returned"):
        turn[key] = lambda found: [
            {
                "field": fields.get(one["field"], one["field"]),
                "value": _date(own, one["value"], inward) if one["field"] in dates else one["value"],
            }
            for one in found
        ]
    said = {key: turn[key](value) if key in turn else value for key, value in body.items()}
    return said | _states(own, body, inward)


def _states(own: dict[str, Any], body: Body, inward: bool) -> Body:
    for name, code, state in (
        ("licence_states", "raw_state", "licence_state"),
        ("application_states", "original_code", "state"),
    ):
        if name not in own or code not in body:
            continue
        if inward and body[code] is not None:
            # A code that the table refuses is delivered to nobody.
            return {state: _map(own[name]["codes"], inward).get(body[code], "UNKNOWN")}
        if not inward and own[name]["delivers"] == "own":
            return {code: _map(own[name]["codes"], inward).get(body[state])}
    return {}


def _date(own: dict[str, Any], text: str, inward: bool) -> str:
    """A real day of eight digits and what stands between them, the other way round; else as it is."""
    written = own["dates"]["format"]
    open_end = own["dates"].get("open_end")
    if open_end is not None and text == (open_end if inward else OPEN_END):
        return OPEN_END if inward else open_end
    before, after = (written, COMMON) if inward else (COMMON, written)
    pattern = re.escape(before)
    for letters in ("YYYY", "MM", "DD"):
        pattern = pattern.replace(letters, f"(?P<{letters}>[0-9]{{{len(letters)}}})")
    found = re.fullmatch(pattern, text)
    if found is None or not _is_day(*map(int, found.groups())):
        return text
    for letters in ("YYYY", "MM", "DD"):
        after = after.replace(letters, found[letters])
    return after


def _is_day(year: int, month: int, day: int) -> bool:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return year > 0 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]
