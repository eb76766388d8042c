"""Compile the catalogue: from the classes of operations and of the server's own tools to the files of `tool_schemas/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from . import discovery, docs, operations, pieces, waiting
from .catalog import OWN_TOOLSET, folder
from .operation import Operation
from .own import OwnTool, definition
from .schema import as_text, compiled

OWN_MODULES = (discovery, docs, pieces, waiting)


def walk() -> Iterator[type[Operation]]:
    """Import every module of `operations/` and yield every operation, in no particular order."""
    for module in pkgutil.walk_packages(operations.__path__, f"{operations.__name__}."):
        found = importlib.import_module(module.name)
        for value in vars(found).values():
            if _is_operation(value) and value.__module__ == module.name:
                yield value


def own_tools() -> list[type[OwnTool]]:
    """Give the server's own tools, by name."""
    found = (value for module in OWN_MODULES for value in vars(module).values() if _is_own(value) and value.__module__ == module.__name__)
    return sorted(found, key=lambda tool: tool.tool_name())


def expected_files() -> dict[str, str]:
    """Make what `tool_schemas/` must hold: file name → text."""
    found = list(walk())
    own = {OWN_TOOLSET: [definition(tool, found) for tool in own_tools()]}
    return {f"{toolset}.json": as_text(tools) for toolset, tools in (compiled(found) | own).items()}


def stale_files() -> list[str]:
    """Name the files of `tool_schemas/` that are not what the classes compile to."""
    expected = expected_files()
    present = {file.name: file.read_text(encoding="utf-8") for file in folder().glob("*.json")}
    return sorted(name for name in expected.keys() | present.keys() if expected.get(name) != present.get(name))


def write_files() -> list[str]:
    """Bring `tool_schemas/` up to date and name the files that changed."""
    stale, expected = stale_files(), expected_files()
    folder().mkdir(exist_ok=True)
    for name in stale:
        if name in expected:
            (folder() / name).write_text(expected[name], encoding="utf-8")
        else:
            (folder() / name).unlink()
    return stale


def _is_operation(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Operation) and hasattr(value, "about")


def _is_own(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, OwnTool) and value not in {OwnTool, discovery.Caller}
