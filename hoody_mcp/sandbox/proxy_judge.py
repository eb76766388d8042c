"""Who gets through to a container's services, by the document of proxy permissions that counts for it."""

from __future__ import annotations

import base64
import hmac
import json
from http import HTTPStatus

from starlette.requests import cookie_parser

from ..jsons import as_object
from . import auth
from .proxy_documents import of_container
from .proxy_grants import reaches
from .proxy_groups import hashed
from .state import Json
from .wire import Ask, Refusal, compact

PROGRAMS = {"n": "notifications", "desktop": "display"}  # services whose hosts have another name
WITHOUT_LOGIN = frozenset({"ip"})  # groups for which nobody can do anything
CODE = "PROXY_ACCESS_DENIED"


def check(ask: Ask) -> None:
    """Refuse a request to a service that the container's document, or else its project's, does not let through."""
    own, of_project = of_container(ask.world, ask.box)
    verdict = judge(own or of_project, PROGRAMS.get(ask.service, ask.service), ask.instance, ask)
    if verdict == HTTPStatus.UNAUTHORIZED:
        raise Refusal(verdict, CODE, "The proxy permissions ask for a login")
    if verdict == HTTPStatus.FORBIDDEN:
        raise Refusal(verdict, CODE, "The proxy permissions do not let this request through")


def judge(document: Json | None, program: str, port: int, ask: Ask) -> HTTPStatus:
    """Tell what a document says to a request; OK lets it through."""
    if document is None:
        return HTTPStatus.OK
    if not document["enable_proxy"]:
        return HTTPStatus.FORBIDDEN
    groups: dict[str, Json] = document["groups"]
    granted = [group for name, group in groups.items() if _is_granted(document["permissions"].get(name, {}).get(program), program, port)]
    if any(_belongs(group, ask) for group in granted) or (document["default"] == "allow" and program != "logs"):
        return HTTPStatus.OK
    can_log_in = any(group["type"] not in WITHOUT_LOGIN for group in groups.values())
    return HTTPStatus.UNAUTHORIZED if can_log_in else HTTPStatus.FORBIDDEN


def _is_granted(rule: object, program: str, port: int) -> bool:
    return rule is True if program == "logs" else reaches(rule, port)  # logs are never granted in passing


def _belongs(group: Json, ask: Ask) -> bool:
    """Tell whether a request shows that it comes from a member of a group."""
    match group["type"]:
        case "ip":
            return auth.is_whitelisted([group["range"]], ask.address)
        case "password":
            user, password = _basic(ask.headers.get("authorization", ""))
            return user == group["username"] and _same(hashed(group["salt"], password), group["password"])
        case "token":
            place = next(place for place in ("header", "cookie", "param") if place in group)
            return _same(_sent(ask, place, group[place]), group["value"])
        case "jwt":
            return any(_is_signed(group, _sent(ask, *source.split(":", 1)), ask.world.clock()) for source in group["sources"])
        case _:
            return False


def _basic(header: str) -> tuple[str, str]:
    """Read user and password of a header; nobody has the empty ones."""
    kind, _, coded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (user, password) if kind.lower() == "basic" else ("", "")


def _sent(ask: Ask, place: str, name: str) -> str:
    """Give what a request holds in a header, a cookie or a parameter."""
    if place == "header":
        return ask.headers.get(name, "")
    return cookie_parser(ask.headers.get("cookie", "")).get(name, "") if place == "cookie" else ask.query.get(name, "")


def _is_signed(group: Json, token: str, now: float) -> bool:
    """Tell whether a token is signed with a group's key, holds and says what it must; only HS256 is known here."""
    head, _, rest = token.removeprefix("Bearer ").partition(".")
    body, _, signature = rest.partition(".")
    wanted = hmac.digest(group["secret"].encode(), f"{head}.{body}".encode(), "sha256")
    facts, claims = _part(head), _part(body)
    if group["algorithm"] != "HS256" or facts.get("alg") != "HS256" or not _same(signature, _coded(wanted)):
        return False
    end = claims.get("exp")
    lasts = end is None or (isinstance(end, int | float) and now < end)
    return lasts and all(name in claims and compact(claims[name]) == compact(value) for name, value in group.get("claims", {}).items())


def _part(text: str) -> Json:
    """Read one part of a token; {} if it is none."""
    try:
        return as_object(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))) or {}
    except (ValueError, RecursionError):
        return {}


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
