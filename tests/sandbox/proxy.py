"""What the tests of proxy permissions share: a door is the document of a container or a project, and how it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hoody_mcp.sandbox import seed

from .conftest import Caller

PASSWORD = {"username": "ann", "password": "open sesame", "salt": "pepper"}


@dataclass
class Door:
    """Sends requests about one document: `await door("PATCH", "/permissions/state", {...}, version=3)` gives status and body."""

    caller: Caller
    path: str
    owner: dict[str, str]

    async def __call__(self, method: str, rest: str, body: Any = None, version: int | str | None = None) -> tuple[int, Any]:
        given = {"if-match": f"file:v{version}" if isinstance(version, int) else version} if version is not None else {}
        headers = {"authorization": f"Bearer {self.caller.token}", **given}
        url = f"{self.caller.base}{self.path}/proxy{rest}"
        answer = await self.caller.http.request(method, url, headers=headers, content=b"" if body is None else json.dumps(body).encode())
        return answer.status_code, answer.json()

    async def version(self) -> int:
        status, found = await self("GET", "/permissions")
        return 0 if status == 404 else found["data"]["file_version"]

    async def ok(self, method: str, rest: str, body: Any = None) -> Any:
        """Read, or write the version that there is, and give what stands in the envelope."""
        status, found = await self(method, rest, body, None if method == "GET" else await self.version())
        assert status < 300, found
        return found["data"]

    async def refused(self, method: str, rest: str, body: Any = None) -> int:
        """Give the status of a refusal, after which the version is what it was."""
        before = await self.version()
        status, found = await self(method, rest, body, before)
        assert status >= 400, found
        assert await self.version() == before
        return status

    def whole(self, **facts: Any) -> dict[str, Any]:
        """Make a document for a full replacement."""
        return {**self.owner, "groups": {}, "permissions": {}, **facts}

    async def grant(self, group: str, program: str, access: object = None) -> None:
        """Let a group reach a program: all of it unless told otherwise."""
        await self.ok("PUT", f"/permissions/permissions/{group}", {"program": program, "access": True if access is None else access})


def of_container(caller: Caller, box: dict[str, Any]) -> Door:
    return Door(caller, f"/containers/{box['id']}", {"project": box["project_id"], "container": box["id"]})


def of_project(caller: Caller) -> Door:
    return Door(caller, f"/projects/{seed.PROJECT}", {"project": seed.PROJECT})
