"""Credentials in data that is shown."""

from __future__ import annotations

from hoody_mcp.clean import MASK, masked


def test_logins_in_any_text_are_masked() -> None:
    comment = {"comment": "via http://u:p@a.test and https://v:q@b.test/x"}
    assert masked(comment, ()) == {"comment": f"via http://{MASK}@a.test and https://{MASK}@b.test/x"}


def test_what_is_asked_for_is_shown_as_it_is() -> None:
    record = {"environment_vars": {"token": "t", "url": "redis://:p@h"}, "token": "t"}
    assert masked(record, ("token",), shown=frozenset({"environment_vars"})) == {**record, "token": MASK}
