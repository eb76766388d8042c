"""Paths in a container, and the few that Hoody's file routes cannot reach."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ....values import below_root, joined_segments


def not_under(*names: str, alone: str = "") -> AfterValidator:
    """Refuse paths that upstream would take for another route: those below `names`, and the one that is just `alone`."""

    def check(value: str) -> str:
        inner = value.strip("/")
        first = inner.partition("/")[0]
        if first in names or (alone and inner == alone):
            msg = f"cannot reach /{first}: Hoody has a route of that name; use terminal_execute, or files_copy to or from elsewhere"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


def sent_as_given(value: str) -> str:
    """Check a path that travels outside the URL's path without changing it."""
    joined_segments(value)
    return value


READ_ROUTES = ("stat", "realpath", "glob", "grep")  # below which files_get, and so a preview, cannot look
Reserved = not_under("api", "_logs")  # routes at the root of the service
AnyPath = Annotated[str, Field(description="Absolute path in the container, such as /home/user/app.py.")]
FilePath = Annotated[AnyPath, AfterValidator(below_root)]
DirectoryPath = Annotated[str, Field(description="Absolute path of a directory in the container; / is its root.")]
Destination = Annotated[
    str, Field(description="Absolute path of the destination."), AfterValidator(below_root), AfterValidator(sent_as_given)
]
NewOwner = Annotated[str, Field(description="Owner of what is created, user[:group]; never root, only owners the service allows.")]
