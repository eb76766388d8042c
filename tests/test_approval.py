"""Who agrees to what: the gate by itself, with money at stake, and with a human who can be asked."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field

from hoody_mcp.arguments import Call
from hoody_mcp.audit import Audit
from hoody_mcp.errors import ApiError, Refused, Unreachable
from hoody_mcp.gate import Approver, Gate, nobody
from hoody_mcp.operation import Operation, Path, Risk, ServerId, Show
from hoody_mcp.preview import MAX_CHARACTERS, Preview
from hoody_mcp.settings import Settings

Months = Annotated[int, Field(ge=1, description="How long.")]


class OffersGet(Operation, route="GET /offers/{server_id}", risk=Risk.READ):
    """Read an offer."""

    server_id: Path[ServerId]


class ServersRent(
    Operation,
    route="POST /servers/{server_id}/rent/{months}",
    risk=Risk.SPEND,
    shows=(Show(read=OffersGet, tells=("name", "price", "features"), binds=("price",), label="offer"),),
):
    """Rent a server: the price leaves the wallet."""

    server_id: Path[ServerId]
    months: Path[Months]


RENT = Call(ServersRent(server_id="a" * 24, months=3))
OFFER: dict[str, Any] = {"name": "fast", "price": 1200, "features": [{"a": [1] * 20}] * 9}


class Asked(Gate):
    """A gate whose previews read an offer."""

    offer: Any = None

    async def asked(self, call: Call, approver: Approver = nobody) -> Preview | None:
        async def read(_: Operation) -> Any:
            if isinstance(self.offer, Exception):
                raise self.offer
            return OFFER if self.offer is None else self.offer

        return await self.permit(call, read, approver)


def gate(offer: Any = None, **flags: Any) -> Asked:
    settings = Settings.load(token="hdy_approval", **flags)  # noqa: S106 - made up
    made = Asked(settings, Audit(settings))
    made.offer = offer
    return made


def human(*, says: bool | None, saw: list[Preview] | None = None) -> Any:
    async def asked(preview: Preview) -> bool | None:
        if saw is not None:
            saw.append(preview)
        return says

    return asked


async def test_money_is_not_spent_unless_the_setting_allows_it() -> None:
    with pytest.raises(Refused, match="HOODY_SPEND"):
        await gate().asked(RENT)


async def test_money_is_spent_after_a_preview_of_the_price() -> None:
    asked = gate(spend="confirm")
    preview = await asked.asked(RENT)
    assert preview is not None
    assert preview.shown()["offer"]["price"] == 1200
    assert await asked.asked(Call(RENT.operation, confirm=preview.code)) is None


async def test_a_changed_price_needs_a_new_yes() -> None:
    offer = dict(OFFER)
    asked = gate(offer, spend="confirm")
    preview = await asked.asked(RENT)
    assert preview is not None
    offer["price"] = 9900
    again = await asked.asked(Call(RENT.operation, confirm=preview.code))
    assert again is not None
    assert again.shown()["offer"]["price"] == 9900


@pytest.mark.parametrize("confirm", ["auto", "human"])
async def test_a_humans_yes_is_enough_and_no_code_is_offered(confirm: str) -> None:
    saw: list[Preview] = []
    assert await gate(spend="confirm", confirm=confirm).asked(RENT, human(says=True, saw=saw)) is None
    assert [preview.code for preview in saw] == [""]
    assert saw[0].shown()["offer"]["price"] == 1200


@pytest.mark.parametrize("confirm", ["auto", "human"])
async def test_a_humans_no_is_the_end_even_with_a_code(confirm: str) -> None:
    asked = gate(spend="confirm", confirm="auto")
    preview = await asked.asked(RENT)
    assert preview is not None
    with pytest.raises(Refused, match="said no"):
        await gate(spend="confirm", confirm=confirm).asked(Call(RENT.operation, confirm=preview.code), human(says=False))


async def test_who_wants_codes_is_not_asked() -> None:
    saw: list[Preview] = []
    preview = await gate(spend="confirm", confirm="code").asked(RENT, human(says=True, saw=saw))
    assert preview is not None
    assert preview.code
    assert saw == []


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        ([1, 2], "unexpected answer"),
        ("text", "unexpected answer"),
        (Unreachable("Cannot reach it.", passing=True), "Cannot reach it."),
        (ApiError(403, "PERMISSION_DENIED", "no", "Ask."), "PERMISSION_DENIED"),
    ],
    ids=["list", "text", "unreachable", "forbidden"],
)
async def test_what_cannot_be_read_is_told_and_still_needs_a_yes(offer: Any, told: str) -> None:
    preview = await gate(offer, spend="confirm").asked(RENT)
    assert preview is not None
    assert preview.shown()["offer"].startswith("could not be read")
    assert told in preview.shown()["offer"]


async def test_a_refused_token_is_told_instead_of_a_preview() -> None:
    with pytest.raises(ApiError, match="401"):
        await gate(ApiError(401, "INVALID_TOKEN", "no", "Mend it."), spend="confirm").asked(RENT)


async def test_a_preview_of_anything_is_short() -> None:
    huge = {"name": "n" * 10_000, "price": 1, "features": {f"key {n}" * 50: ["x" * 500] * 50 for n in range(50)}}
    preview = await gate(huge, spend="confirm").asked(RENT)
    assert preview is not None
    assert len(str(preview.parts)) <= MAX_CHARACTERS + 200


def test_the_own_words_of_a_preview_come_first() -> None:
    assert list(Preview("servers_rent", "damage", {"offer": {}}, code="c").shown())[:3] == ["done", "preview", "damage"]
