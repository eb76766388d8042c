"""The everyday list: what tools/list shows by default, and why each tool is on it.

A model that sees everything chooses worse, and every listed tool costs each conversation its tokens. So a tool is here
only if the usual work needs it; all others are found by hoody_search and called by hoody_read, hoody_write, hoody_execute
and hoody_destroy, or by their own names.
"""

from __future__ import annotations

from collections.abc import Mapping

EVERYDAY: Mapping[str, str] = {
    "auth_tokens_get_current": "who am I, and what may I do: the first question of every session",
    "containers_create": "make a machine",
    "containers_delete": "clean up",
    "containers_get": "is it running yet, where is it, what is it made of",
    "containers_list": "which machines are there; ids and names for everything else",
    "containers_power": "start, stop, restart",
    "env_set": "hand a program its settings",
    "files_delete": "clean up inside a machine",
    "files_get": "read a file, list a directory",
    "files_glob": "find files by name",
    "files_grep": "find text in files",
    "files_put": "write a file: deploy, configure, fix",
    "firewall_ingress_create": "lock a machine down, or open a port",
    "firewall_list": "why does something not connect",
    "projects_create": "begin a client's project",
    "projects_list": "which projects are there; ids and names for everything else",
    "proxy_aliases_create": "publish a port under a URL",
    "proxy_aliases_list": "under which URLs is something published",
    "rentals_list": "on which servers can a machine be made",
    "snapshots_create": "a way back before a risky change",
    "snapshots_list": "which ways back are there",
    "snapshots_restore": "go back",
    "terminal_abort": "end a command that hangs",
    "terminal_execute": "run a command: install, build, examine, repair",
    "terminal_result": "fetch what a long command has printed",
}

# Clients that load tools only when searched for keep these loaded.
ALWAYS_LOADED = frozenset({"hoody_search", "containers_list", "containers_get", "terminal_execute", "files_get"})
