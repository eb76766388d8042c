"""Which tools flags and settings list, and which names they may hold."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.errors import SettingsError
from hoody_mcp.everyday import EVERYDAY as EVERYDAY_TOOLS
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import ENTRIES, OWN, OWN_READS, names
from .conftest import Connect
from .test_server import EVERYDAY, READS, listed, with_own


def toolset(name: str) -> list[str]:
    return [entry.name for entry in ENTRIES if entry.meta["toolset"] == name]


SELECTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, EVERYDAY),
    ({"toolsets": "everyday"}, EVERYDAY),
    ({"toolsets": "all"}, with_own(*names(ENTRIES))),
    ({"toolsets": "observe"}, with_own(*READS)),
    ({"toolsets": "operate"}, with_own(*(entry.name for entry in ENTRIES if entry.risk in {"read", "write", "execute"}))),
    ({"toolsets": "firewall"}, with_own(*toolset("firewall"))),
    ({"toolsets": "firewall, env"}, with_own(*toolset("env"), *toolset("firewall"))),
    ({"toolsets": "firewall", "tools": "projects_list"}, with_own(*toolset("firewall"), "projects_list")),
    ({"tools": "projects_list"}, with_own("projects_list")),
    ({"tools": "network_stop,projects_list"}, with_own("network_stop", "projects_list")),
    ({"exclude": "files"}, [name for name in EVERYDAY if not name.startswith("files_")]),
    ({"toolsets": "hoody"}, OWN),
    ({"exclude": "hoody"}, sorted(EVERYDAY_TOOLS)),
    ({"exclude": "hoody_docs,files"}, [name for name in EVERYDAY if not name.startswith("files_") and name != "hoody_docs"]),
    ({"toolsets": "env", "exclude": "env_set"}, with_own(*(name for name in toolset("env") if name != "env_set"))),
    ({"tools": "env_set", "exclude": "env"}, OWN),
    ({"tools": "env_set", "exclude": "env hoody"}, []),
    ({"toolsets": "env", "read_only": True}, sorted([*(name for name in toolset("env") if name in READS), *OWN_READS])),
    ({"tools": "env_set", "read_only": True}, OWN_READS),
]


@pytest.mark.parametrize(("flags", "expected"), SELECTIONS, ids=[str(flags) for flags, _ in SELECTIONS])
async def test_flags_decide_what_is_listed(connect: Connect, flags: dict[str, Any], expected: list[str]) -> None:
    async with connect(**flags) as client:
        assert await listed(client) == expected


UNKNOWN = [(setting, "zzzzzzzz", "") for setting in ("toolsets", "tools", "exclude")] + [
    *((setting, "contaners", "containers") for setting in ("toolsets", "exclude")),
    *((setting, "projcts_list", "projects_list") for setting in ("tools", "exclude")),
    *[("toolsets", "env_list", "env"), ("tools", "env", "env_set"), ("exclude", "everyday", "")],
]


@pytest.mark.parametrize(("setting", "name", "nearest"), UNKNOWN)
def test_a_name_that_does_not_exist_stops_the_start(setting: str, name: str, nearest: str) -> None:
    known = "projects_list" if setting == "tools" else "projects"
    with pytest.raises(SettingsError) as raised:
        create_server(Settings.load(**{setting: f"{known},{name}"}))
    assert str(raised.value).startswith(f"--{setting} (HOODY_{setting.upper()}): there is no {name!r}")
    assert (f"did you mean {nearest}?" in str(raised.value)) == bool(nearest)
