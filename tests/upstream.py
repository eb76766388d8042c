"""A stand-in for Hoody that records every request and answers out of one small state.

It is no copy of Hoody: it knows containers, projects, snapshots, variables, rules and files well enough for previews
to find their targets, and answers everything else with an empty success.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx2

PROJECT, CONTAINER, SERVER = "b" * 24, "a" * 24, "c" * 24
TARGET = {"project": {"id": PROJECT, "name": "client"}, "container": {"id": CONTAINER, "name": "box"}}  # of a result about both
OTHER = "f" * 24  # the id of anything else
ALIAS = {"alias": "shop", "enabled": True, "container_id": CONTAINER, "project_id": PROJECT}
KIT_PATH = "/kit/{project_id}/{container_id}/{service}/{index}/{server}"
RECORD = re.compile(r".*/api/v1/(containers|projects|proxy/aliases)/[0-9a-f]{24}")
RULE = {"action": "allow", "protocol": "tcp", "state": "enabled"} | dict.fromkeys(
    ("description", "destination_port", "source_port", "source", "destination", "icmp_type", "icmp_code"), "text"
)

HOOK = {"id": "0" * 26, "position": 0, "match": {"path": "/"}, "script": {"path": "check.ts"}}
DOCUMENT = {
    "file_version": 3,
    "groups": {"abc": {"type": "ip", "range": "192.0.2.0/24"}},
    "permissions": {"abc": {"text": True}},
    "default": "allow",
    "enable_proxy": True,
    "hooks": {"abc": [HOOK]},
}


@dataclass
class Sent:
    """One request as it arrived."""

    method: str
    path: str  # raw
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    host: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def segments(self) -> list[str]:
        return [unquote(part) for part in self.path.split("/")]


def is_look_up(sent: Sent) -> bool:
    """Tell reads of the record of a container, a project or an alias, by which a result names what its call was about."""
    return sent.method == "GET" and RECORD.fullmatch(sent.path) is not None and not sent.query


@dataclass
class Reply:
    """One answer; `delay` in seconds, `fault` raises instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay: float = 0.0
    fault: Exception | None = None

    @classmethod
    def of(cls, value: object, status: int = 200) -> Reply:
        return cls(status, json.dumps(value).encode())

    @classmethod
    def data(cls, value: object, status: int = 200) -> Reply:
        return cls.of({"statusCode": status, "message": "ok", "data": value}, status)

    @classmethod
    def error(cls, status: int, code: str, message: str, **more: Any) -> Reply:
        return cls.of({"statusCode": status, "error": code, "message": message, **more}, status)


class Upstream:
    """Records, then answers: the next scripted reply for a matching request, or what the state says."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.scripted: list[tuple[Callable[[Sent], bool], Reply]] = []
        self.missing: set[str] = set()  # ids that answer 404
        self.projects: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}  # path without leading slash → content
        self.container: dict[str, Any] = {
            "project_id": PROJECT,
            "project_alias": "client",
            "server_name": "node-us",
            "server_id": SERVER,
            "subserver_name": "wrong",
            "name": "box",
            "status": "running",
            "hoody_kit": True,
            "environment_vars": {"KEY": "secret-value"},
            "realm_ids": [],
        }

    @property
    def own(self) -> list[Sent]:
        """Requests of the calls themselves; all others are look-ups of what those were about."""
        return [sent for sent in self.sent if not is_look_up(sent)]

    @property
    def look_ups(self) -> list[str]:
        """What was looked up: the paths of records."""
        return [sent.path for sent in self.sent if is_look_up(sent)]

    @property
    def changes(self) -> list[Sent]:
        """Requests that are not plain reads."""
        return [sent for sent in self.sent if sent.method not in {"GET", "HEAD"}]

    def script(self, *replies: Reply, when: Callable[[Sent], bool] = lambda _: True) -> None:
        """Answer the next matching requests with these replies."""
        self.scripted += [(when, reply) for reply in replies]

    def respond(self, sent: Sent) -> Reply:
        self.sent.append(sent)
        for index, (when, reply) in enumerate(self.scripted):
            if when(sent):
                del self.scripted[index]
                return reply
        return self._from_state(sent)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._handle)

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        pairs = parse_qsl(query, keep_blank_values=True)
        reply = self.respond(Sent(request.method, path, pairs, headers, await request.aread(), request.url.host))
        await asyncio.sleep(reply.delay)
        if reply.fault:
            raise reply.fault
        return httpx2.Response(reply.status, headers=reply.headers, content=reply.body)

    def _from_state(self, sent: Sent) -> Reply:
        if self.missing & {*sent.segments, *(value for _, value in sent.query)}:
            return Reply.error(404, "NOT_FOUND", "not found")
        for method, pattern, answer in self._routes():
            found = re.fullmatch(pattern, sent.path)
            if sent.method == method and found:
                return answer(sent, found[1] if found.groups() else "")
        return Reply.data({"id": CONTAINER})

    def _routes(self) -> list[tuple[str, str, Callable[[Sent, str], Reply]]]:
        container, project = r"/api/v1/containers/([^/]+)", r"/api/v1/projects/([^/]+)"
        return [
            ("GET", r"/api/v1/containers/", lambda _, __: _page("containers", [{"id": CONTAINER, **self.container}])),
            ("GET", container, lambda _, found: Reply.data({"id": found, **self.container})),
            (
                "GET",
                f"{container}/snapshots",
                lambda _, __: Reply.data({"snapshot_count": 1, "snapshots": [{"name": "snap0", "alias": "a"}]}),
            ),
            ("GET", f"{container}/env", lambda _, __: Reply.data({"environment_vars": {"KEY": "secret-value"}})),
            ("GET", f"{container}/firewall/rules", lambda _, __: Reply.data({"ingress": [RULE], "egress": [RULE], "rule_count": 2})),
            ("GET", r"/api/v1/projects/", lambda _, __: _page("projects", list(self.projects.values()))),
            ("POST", r"/api/v1/projects/", self._create_project),
            ("GET", project, self._project),
            ("DELETE", project, self._delete_project),
            (
                "GET",
                f"{project}/containers",
                lambda _, found: _page("containers", [{"id": CONTAINER, **self.container, "project_id": found}]),
            ),
            ("GET", r"/api/v1/proxy/aliases/([^/]+)", lambda _, found: Reply.data({"id": found, **ALIAS})),
            ("GET", f"{container}/network", lambda _, found: Reply.data({"container_id": found, "configured": True, "type": "block"})),
            ("GET", f"{container}/proxy/hooks/[^/]+", lambda _, __: Reply.data({"service": "abc", "hooks": [HOOK], "file_version": 3})),
            ("GET", f"(?:{container}|{project})/proxy/[a-z]+", lambda _, __: Reply.data(DOCUMENT)),
            ("GET", r"/api/v1/pools/([^/]+)", lambda _, found: Reply.data({"id": found, "members": [{"user": {"id": OTHER}}]})),
            ("GET", r"/api/v1/(?:storage/shares|offers|servers/available)", lambda _, __: self._things()),
            ("GET", f"{project}/permissions", lambda _, __: _page("permissions", [{"id": "d" * 24, "permission_level": "read"}])),
            ("GET", r"/api/v1/system/processes", lambda _, __: Reply.of({"processes": [{"pid": 1, "name": "text"}]})),
            ("GET", r"/api/v1/files/stat/(.*)", self._stat),
            ("GET", r"/api/v1/files/(.*)", self._file),
            ("PUT", r"/api/v1/files/(.*)", self._write),
        ]

    def _things(self) -> Reply:
        return Reply.data([{"id": found, "name": "thing"} for found in (OTHER, SERVER, "9" * 24) if found not in self.missing])

    def _create_project(self, sent: Sent, _: str) -> Reply:
        made: dict[str, Any] = {
            "id": f"{len(self.projects) + 1:024x}",
            "user_id": "e" * 24,
            "is_default": False,
            "realm_ids": [],
            **sent.json,
        }
        self.projects[made["id"]] = made
        return Reply.data(made, 201)

    def _project(self, _: Sent, found: str) -> Reply:
        known = self.projects.get(found, {"id": found, "alias": "client", "is_default": False})
        return Reply.data({**known, "permissions": [{"id": "d" * 24, "permission_level": "read"}]})

    def _delete_project(self, _: Sent, found: str) -> Reply:
        self.projects.pop(found, None)
        self.missing.add(found)
        return Reply.data({"deleted": {"containers": 1, "permissions": 1, "aliases": 0}})

    def _stat(self, _: Sent, path: str) -> Reply:
        content = self.files.get(unquote(path))
        return Reply.of({"error": "Not found"}, 404) if content is None else Reply.of({"path_type": "File", "size": len(content)})

    def _file(self, sent: Sent, path: str) -> Reply:
        if ("stat", "") in sent.query:
            return self._stat(sent, path)
        content = self.files.get(unquote(path))
        if content is None:
            return Reply.of({"error": "Not found"}, 404)
        return Reply(200, content, {"content-type": "application/octet-stream"})

    def _write(self, sent: Sent, path: str) -> Reply:
        self.files[unquote(path)] = sent.body
        return Reply.of({"success": True, "path": unquote(path), "new_size": len(sent.body)})


def _page(name: str, items: list[Any]) -> Reply:
    return Reply.data({name: items, "pagination": {"total": len(items), "page": 1, "limit": 10, "totalPages": 1}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet
    upstream: Upstream

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Stay silent."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path, _, query = self.path.partition("?")
        found = re.match(r"(/kit/[^/]*/[^/]*/[^/]*/[^/]*/[^/]*)(/.*)", path)
        host, path = (found[1], found[2]) if found else ("api", path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.upstream.respond(Sent(self.command, path, parse_qsl(query, keep_blank_values=True), headers, body, host))
        threading.Event().wait(reply.delay)
        self.send_response(reply.status)
        for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a client that hangs up is part of some tests."""


@contextmanager
def on_loopback(upstream: Upstream) -> Generator[dict[str, str]]:
    """Serve an upstream on a port of this machine; gives the settings that send all traffic there."""
    handler = type("Handler", (_Handler,), {"upstream": upstream})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        yield {"HOODY_BASE_URL": base, "HOODY_KIT_URL": base + KIT_PATH, "NO_PROXY": "*"}
        server.shutdown()
        thread.join(5)
