"""Operations of Hoody that are deliberately no tools, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Excluded:
    """An operation without a tool of its own; `same_as` names the tool that does the same."""

    namespace: str
    method: str
    path: str
    reason: str
    same_as: str = ""


EXCLUDED: tuple[Excluded, ...] = (
    Excluded("api", "GET", "/api/v1/servers", "another name for the list of rentals", same_as="rentals_list"),
    Excluded("api", "GET", "/api/v1/servers/{id}", "another name for one rental, by the rental's id", same_as="rentals_get"),
    Excluded(
        "api", "GET", "/api/v1/servers/{id}/runtime", "another name for a rental's load, by the rental's id", same_as="rentals_get_runtime"
    ),
    Excluded("files", "DELETE", "/{path}", "an older spelling of the same deletion", same_as="files_delete"),
    Excluded("files", "GET", "/{path}", "the API route reads files and lists directories as JSON", same_as="files_get"),
    Excluded("files", "HEAD", "/{path}", "the same facts, but in headers only", same_as="files_stat"),
    Excluded(
        "files", "PATCH", "/{path}", "also files_chmod, files_chown and files_modify: each does one part of it", same_as="files_append"
    ),
    Excluded("files", "PUT", "/{path}", "an older spelling of the same upload", same_as="files_put"),
    Excluded(
        "terminal",
        "GET",
        "/api/v1/terminal/ws",
        "a live stream; terminal_press, terminal_wait and terminal_snapshot do the same in single calls",
    ),
    Excluded("terminal", "POST", "/api/v1/terminal/state", "what Hoody's own web terminal reports about how it draws"),
)
