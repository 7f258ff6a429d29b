"""A small world of two regions; each test breaks something in it and reads what is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.definition_files import folders, loading

Edit = tuple[str, str, str]
"""A file of the small world, a text that stands in it once, and what to write instead."""

Problems = Callable[..., list[str]]

SMALL = folders.snapshot(Path(__file__).parent / "small")


@pytest.fixture
def world() -> dict[str, bytes]:
    """The files of the small world, to be changed."""
    return dict(SMALL)


@pytest.fixture
def problems(world: dict[str, bytes]) -> Problems:
    """Make these edits in the small world and return its findings as they are printed."""

    def findings(*edits: Edit) -> list[str]:
        for path, old, new in edits:
            text = world[path].decode()
            assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
            world[path] = text.replace(old, new).encode()
        return [str(finding) for finding in loading.inspect(world)[1]]

    return findings
