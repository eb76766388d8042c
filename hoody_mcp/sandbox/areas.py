"""Which parts of Hoody the sandbox knows, and in which order their routes are tried."""

from __future__ import annotations

from . import (
    account,
    auth_tokens,
    container_reports,
    containers,
    copies,
    env,
    files,
    files_attributes,
    files_moving,
    files_root,
    files_search,
    firewall,
    health,
    images,
    marketplace,
    network,
    power,
    projects,
    proxy_aliases,
    rentals,
    snapshots,
    storage_shares,
    terminal,
    terminal_automation,
    terminal_sessions,
    terminal_system,
    users,
)
from .routes import Area

API_AREAS: tuple[Area, ...] = (
    projects.area,
    proxy_aliases.area,
    storage_shares.area,
    marketplace.area,  # before rentals: /servers/available is no id
    rentals.area,
    images.area,
    auth_tokens.area,
    users.area,
    account.area,
    containers.area,
    container_reports.area,
    copies.area,
    env.area,
    firewall.area,
    network.area,
    power.kvm_area,
    snapshots.area,
    power.area,  # last: its path takes any word
)
SERVICE_AREAS: dict[str, tuple[Area, ...]] = {  # by the service's name in host names
    "terminal": (health.terminal, terminal.area, terminal_sessions.area, terminal_automation.area, terminal_system.area),
    "files": (
        health.files,
        files_attributes.area,
        files_search.area,
        files_moving.area,
        files.appending,
        files_attributes.general,  # from here on: their paths are any path
        files_moving.general,
        files.area,
        files_root.area,
    ),
}
