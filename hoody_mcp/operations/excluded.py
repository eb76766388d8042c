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
    Excluded("api", "GET", "/api/v1/auth/device/authorize", "a step of signing in that only a browser with its cookie can take"),
    Excluded("api", "GET", "/api/v1/auth/github", "sends a browser to GitHub to sign in; a tool has none"),
    Excluded("api", "GET", "/api/v1/auth/github/callback", "where GitHub sends the browser back to"),
    Excluded("api", "GET", "/api/v1/auth/google", "sends a browser to Google to sign in; a tool has none"),
    Excluded("api", "GET", "/api/v1/auth/google/callback", "where Google sends the browser back to"),
    Excluded("api", "GET", "/api/v1/auth/launch/start", "opens the sign-in popup of Hoody's website by a ticket that works once"),
    Excluded("api", "GET", "/api/v1/servers", "another name for the list of rentals", same_as="rentals_list"),
    Excluded("api", "GET", "/api/v1/servers/{id}", "another name for one rental, by the rental's id", same_as="rentals_get"),
    Excluded(
        "api", "GET", "/api/v1/servers/{id}/runtime", "another name for a rental's load, by the rental's id", same_as="rentals_get_runtime"
    ),
    Excluded("api", "GET", "/api/v1/users/me", "another name for the account's own profile", same_as="auth_profile_get"),
    Excluded("api", "POST", "/api/v1/auth/authorize", "begins a sign-in that a browser has to finish"),
    Excluded("api", "POST", "/api/v1/auth/device/code", "begins a device login; this server's token comes from its configuration instead"),
    Excluded("api", "POST", "/api/v1/auth/device/deny", "the No of the page on which a human approves a device; needs its cookie"),
    Excluded(
        "api", "POST", "/api/v1/auth/device/login", "the password form of the page on which a human approves a device; needs its cookie"
    ),
    Excluded("api", "POST", "/api/v1/auth/device/token", "collects the tokens of a device login, which no tool begins"),
    Excluded(
        "api", "POST", "/api/v1/auth/device/verify_code", "the page on which a human approves a device: that is theirs to do, not a model's"
    ),
    Excluded("api", "POST", "/api/v1/auth/exchange", "ends a browser's sign-in with a code that only the browser gets"),
    Excluded("api", "POST", "/api/v1/auth/intent/cancel", "gives up a browser's sign-in, with that sign-in's own token"),
    Excluded("api", "POST", "/api/v1/auth/launch/initiate", "prepares the sign-in popup of Hoody's website"),
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
