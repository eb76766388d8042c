"""Placeholders for credentials: how long they are good, and for which spellings of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hoody_mcp.errors import InvalidArguments
from hoody_mcp.sealed import LIFETIME, MOST, Sealed

from .calls import CATALOG
from .upstream import CONTAINER


def test_a_placeholder_is_good_for_an_hour() -> None:
    now = [0.0]
    sealed = Sealed(lambda: now[0])
    shown = sealed.seal("env_set", {"key": "A", "value": "s3cret"}, frozenset({"value"}), "me")
    now[0] = LIFETIME - 1
    assert sealed.opened(CATALOG["env_set"], shown, "me") == {"key": "A", "value": "s3cret"}
    now[0] = LIFETIME + 1
    with pytest.raises(InvalidArguments):
        sealed.opened(CATALOG["env_set"], shown, "me")


def test_placeholders_of_two_calls_do_not_mix_and_the_oldest_go_first() -> None:
    sealed, names = Sealed(), frozenset({"password"})
    replace, tool = CATALOG["proxy_permissions_replace"], "proxy_permissions_replace"
    bodies = [{"groups": {"a": {"password": f"one-{at}"}, "b": {"password": "two"}}} for at in range(MOST + 1)]
    calls = [sealed.seal(tool, body, names, "me")["groups"] for body in bodies]
    with pytest.raises(InvalidArguments):
        sealed.opened(replace, {"groups": {"a": calls[-1]["a"], "b": calls[-2]["b"]}}, "me")
    with pytest.raises(InvalidArguments):
        sealed.opened(replace, {"groups": calls[0]}, "me")
    assert sealed.opened(replace, {"groups": calls[1], "confirm": "code"}, "me")["confirm"] == "code"
    text = "as in [kept aaaaaaaaaaaa], which stands in a text by chance"
    assert sealed.opened(CATALOG["files_put"], {"text": text}, "me") == {"text": text}


def test_a_client_may_spell_a_kept_call_as_it_spells_all_calls() -> None:
    sealed = Sealed()
    body = {"container_id": CONTAINER, "groups": {"a": {"password": "s3cret"}}, "enable_proxy": True}
    shown = sealed.seal("proxy_permissions_replace", body, frozenset({"password"}), "me")
    entry, garbled = CATALOG["proxy_permissions_replace"], {**shown, "groups": json.dumps(shown["groups"]), "enable_proxy": "true"}
    assert sealed.opened(entry, garbled, "me") == body
    assert sealed.opened(entry, {name: shown[name] for name in ("groups", "enable_proxy")}, "me", frozenset({"container_id"})) == body
    wrongs: tuple[Any, ...] = (json.dumps(shown["groups"]).replace("]", "] "), [shown["groups"]], {**shown["groups"], "b": {}})
    for wrong in wrongs:
        with pytest.raises(InvalidArguments):
            sealed.opened(entry, {**shown, "groups": wrong}, "me")
