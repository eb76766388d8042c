"""A stand-in for Hoody with things of several owners: what lies inside a scope beside what does not, each by id and name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .calls import CATALOG, example
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent, Upstream

Json = dict[str, Any]

ME, STRANGER = "e" * 24, "5e" * 12  # users
REALM, FAR_REALM = OTHER, "2e" * 12
SECOND, THEIRS = "2b" * 12, "3b" * 12  # projects: another of mine, and a stranger's that is shared with me
SIBLING, FAR_BOX, THEIR_BOX = "4a" * 12, "2a" * 12, "3a" * 12  # containers: in the same project, in the second one, in the stranger's
MINE = {"container": CONTAINER, "project": PROJECT} | dict.fromkeys(("alias", "share", "server", "rental", "token", "image", "pool"), OTHER)
NAMED = {
    "container": "box",
    "project": "client",
    "alias": "shop",
    "share": "data",
    "server": "node-us",
    "rental": "node-us",
    "token": "ci",
    "pool": "team",
}
FAR = {
    "container": [SIBLING, FAR_BOX, THEIR_BOX],
    "project": [SECOND, THEIRS],
    "alias": ["41" * 12, "21" * 12, "31" * 12],
    "share": ["42" * 12, "22" * 12, "32" * 12],
    "server": ["2c" * 12],
    "rental": ["2d" * 12],
    "token": ["23" * 12],
    "image": ["24" * 12],
    "offered server": ["28" * 12],
    "incoming share": ["29" * 12],
    "realm": [FAR_REALM],
    "user": [STRANGER],
    "offer": ["25" * 12],
    "pool": ["26" * 12],
    "reservation": ["27" * 12],
    "invited pool": ["2a" * 12],
    "server command": ["2f" * 12],
    "event": ["33" * 12],
    "resource": ["34" * 12],
    "notification": ["35" * 12],
    "transaction": ["36" * 12],
    "invoice": ["37" * 12],
    "payment method": ["38" * 12],
    "payment intent": ["39" * 12],
    "hook": ["1" * 26],
}
FAR_NAMES = {
    "container": ["sibling", "far-box", "their-box"],
    "project": ["second", "theirs"],
    "alias": ["sib-shop", "far-shop", "their-shop"],
    "share": ["sib-data", "far-data", "their-data"],
    "server": ["node-eu"],
    "rental": ["node-eu"],
    "token": ["far-ci"],
    "pool": ["far-team"],
}
LISTS = ("/api/v1/containers/", "/api/v1/projects/", "/api/v1/proxy/aliases", "/api/v1/storage/shares", "/api/v1/rentals")
MORE_LISTS = ("/api/v1/pools", "/api/v1/auth/tokens", "/api/v1/auth/tokens/me", "/api/v1/images/user", "/api/v1/users/auth/me")
BOX: Json = {"server_name": "node-us", "status": "running", "hoody_kit": True, "environment_vars": {}}


class World(Upstream):
    """Knows two projects of mine and a stranger's, with containers, aliases and shares in each."""

    def __init__(self) -> None:
        super().__init__()
        self.heeds_filters = True
        self.me: Any = {"id": ME}
        self._fill()

    def reset(self) -> None:
        """Forget everything that was sent and changed."""
        self.sent, self.scripted, self.missing = [], [], set()
        self._fill()

    def _fill(self) -> None:
        self.files = {"text": b"old"}
        self.projects = {
            PROJECT: project(PROJECT, "client", ME, REALM),
            SECOND: project(SECOND, "second", ME, FAR_REALM),
            THEIRS: project(THEIRS, "theirs", STRANGER, FAR_REALM),
        }
        self.boxes = {
            CONTAINER: box(CONTAINER, "box", PROJECT, REALM),
            SIBLING: box(SIBLING, "sibling", PROJECT, REALM),
            FAR_BOX: box(FAR_BOX, "far-box", SECOND, FAR_REALM),
            THEIR_BOX: box(THEIR_BOX, "their-box", THEIRS, FAR_REALM),
        }
        homes = (CONTAINER, SIBLING, FAR_BOX, THEIR_BOX)
        self.aliases = [self._alias(*each) for each in zip([OTHER, *FAR["alias"]], ["shop", *FAR_NAMES["alias"]], homes, strict=True)]
        self.shares = [self._share(*each) for each in zip([OTHER, *FAR["share"]], ["data", *FAR_NAMES["share"]], homes, strict=True)]
        self.rentals: list[Json] = [
            {"id": OTHER, "server_id": OTHER, "server": {"name": "node-us"}},
            {"id": FAR["rental"][0], "server_id": FAR["server"][0], "server": {"name": "node-eu"}},
        ]
        self.tokens: list[Json] = [{"id": OTHER, "alias": "ci", "realm_ids": []}, {"id": FAR["token"][0], "alias": "far-ci"}]
        self.pools: list[Json] = [
            {"id": OTHER, "name": "team", "owner_id": ME, "members": [{"user": {"id": OTHER}}]},
            {"id": FAR["pool"][0], "name": "far-team", "owner_id": ME},
        ]
        self.images: list[Json] = [{"id": OTHER, "alias": "debian"}, {"id": FAR["image"][0], "alias": "far-image"}]

    def own_things(self, kind: str) -> list[Json]:
        """Give the records that the list of a kind holds."""
        lists: dict[str, Iterable[Json]] = {
            "container": self.boxes.values(),
            "project": self.projects.values(),
            "alias": self.aliases,
            "share": self.shares,
            "server": self.rentals,
            "rental": self.rentals,
            "token": self.tokens,
            "image": self.images,
            "pool": self.pools,
        }
        return list(lists[kind])

    def add_boxes(self, number: int, project_id: str = PROJECT, name: str = "n") -> list[str]:
        """Add many containers; gives their ids."""
        ids = [f"{index:020x}{project_id[:4]}" for index in range(number)]
        self.boxes |= {id_: box(id_, f"{name}{index}", project_id, REALM) for index, id_ in enumerate(ids)}
        return ids

    def naming(self, *texts: str) -> list[Sent]:
        """Requests in which one of these texts stands."""
        return [sent for sent in self.sent if any(text in told(sent) for text in texts)]

    @property
    def looks(self) -> list[Sent]:
        """Requests for whole lists, and for who calls."""
        return [sent for sent in self.sent if is_look(sent)]

    def _alias(self, id_: str, name: str, home: str) -> Json:
        where = self.boxes[home]["project_id"]
        return {"id": id_, "alias": name, "user_id": self.projects[where]["user_id"], "container_id": home, "project_id": where}

    def _share(self, id_: str, name: str, home: str) -> Json:
        where = self.projects[self.boxes[home]["project_id"]]
        realms = self.boxes[home]["realm_ids"]
        return {"id": id_, "alias": name, "created_by": where["user_id"], "source_container_id": home, "realm_ids": realms}

    def _routes(self) -> list[tuple[str, str, Callable[[Sent, str], Reply]]]:
        container, of_project = r"/api/v1/containers/([^/]+)", r"/api/v1/projects/([^/]+)/containers"
        return [
            ("GET", r"/api/v1/users/auth/me", lambda _, __: Reply.data(self.me)),
            ("GET", r"/api/v1/containers/", lambda sent, _: paged("containers", self._asked(sent, self.boxes.values()), sent)),
            ("GET", of_project, lambda sent, found: paged("containers", self._asked(sent, self.boxes.values(), project_id=found), sent)),
            ("GET", container, lambda _, found: one(self.boxes.get(found))),
            ("PUT", container, self._change_box),
            ("DELETE", container, self._delete_box),
            ("GET", r"/api/v1/projects/", lambda sent, _: paged("projects", self._asked(sent, self.projects.values()), sent)),
            ("GET", r"/api/v1/projects/([^/]+)", lambda _, found: one(self.projects.get(found))),
            ("PUT", r"/api/v1/projects/([^/]+)", self._change_project),
            ("GET", r"/api/v1/proxy/aliases", self._list_aliases),
            ("GET", r"/api/v1/proxy/aliases/([^/]+)", lambda _, found: one(by_id(self.aliases, found))),
            ("GET", r"/api/v1/storage/shares", lambda sent, _: Reply.data(self._asked(sent, self.shares))),
            ("GET", r"/api/v1/rentals", lambda _, __: Reply.data(self.rentals)),
            ("GET", r"/api/v1/pools", lambda _, __: Reply.data(self.pools)),
            ("GET", r"/api/v1/auth/tokens", lambda _, __: Reply.data(self.tokens)),
            ("GET", r"/api/v1/images/user", lambda sent, _: paged("images", self.images, sent)),
            ("GET", r"/api/v1/files/(?:glob|grep|realpath)/.*", lambda _, __: Reply.of({"path": "/text"})),
            *super()._routes(),
        ]

    def _asked(self, sent: Sent, items: Iterable[Json], **more: str) -> list[Json]:
        wanted = {**{name: value for name, value in sent.query if name in {"project_id", "container_id"}}, **more}
        realm = dict(sent.query).get("realm_id")
        return [
            item
            for item in items
            if not self.heeds_filters
            or (all(item.get(name) == value for name, value in wanted.items()) and (not realm or realm in item.get("realm_ids", [realm])))
        ]

    def _list_aliases(self, sent: Sent, _: str) -> Reply:
        found = self._asked(sent, self.aliases)
        return Reply.data({"aliases": found, "count": len(found)})

    def _change_box(self, sent: Sent, found: str) -> Reply:
        self.boxes[found] |= {name: value for name, value in sent.json.items() if name == "name"}
        return Reply.data({"message": "changed"})

    def _change_project(self, sent: Sent, found: str) -> Reply:
        self.projects[found] |= {name: value for name, value in sent.json.items() if name == "alias"}
        for each in self.boxes.values():
            each["project_alias"] = self.projects[each["project_id"]]["alias"]
        return Reply.data({"message": "changed"})

    def _delete_box(self, _: Sent, found: str) -> Reply:
        return one(self.boxes.pop(found, None))


def valid(tool: str, **changed: Any) -> Json:
    """Arguments that go through here and are all about what lies inside, but for what is changed."""
    entry = CATALOG[tool]
    overwriting = {"overwrite": True} if "overwrite" in entry.definition["inputSchema"]["properties"] else {}
    return {**example(entry), **overwriting, **changed}


def project(id_: str, name: str, owner: str, realm: str) -> Json:
    permissions = [{"id": "d" * 24, "permission_level": "read"}]
    return {"id": id_, "alias": name, "user_id": owner, "is_default": False, "realm_ids": [realm], "permissions": permissions}


def box(id_: str, name: str, project_id: str, realm: str) -> Json:
    aliases = {PROJECT: "client", SECOND: "second", THEIRS: "theirs"}
    server = OTHER if project_id == PROJECT else FAR["server"][0]
    where = {"project_id": project_id, "project_alias": aliases.get(project_id, "some"), "server_id": server, "realm_ids": [realm]}
    return {"id": id_, "name": name, **BOX, **where}


def one(record: Json | None) -> Reply:
    return Reply.data(record) if record else Reply.error(404, "NOT_FOUND", "not found")


def by_id(items: Iterable[Json], id_: str) -> Json | None:
    return next((item for item in items if item["id"] == id_), None)


def paged(name: str, items: list[Json], sent: Sent) -> Reply:
    asked = dict(sent.query)
    page, limit = int(asked.get("page", 1)), min(int(asked.get("limit", 10)), 100)
    facts = {"total": len(items), "page": page, "limit": limit, "totalPages": -(-len(items) // limit)}
    return Reply.data({name: items[(page - 1) * limit : page * limit], "pagination": facts})


def told(sent: Sent) -> str:
    """Everything that a request says, on one line and lower-case."""
    body = sent.body.decode("utf-8", "replace")
    return " ".join([sent.host, *sent.segments, *(f"{name}={value}" for name, value in sent.query), body]).lower()


def is_look(sent: Sent) -> bool:
    """Tell whether a request reads a whole list, or who calls."""
    narrowed = {name for name, _ in sent.query} & {"project_id", "container_id"}
    return sent.method == "GET" and sent.path in {*LISTS, *MORE_LISTS} and not narrowed
