"""Images in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller

FREE, PRICED = goods.FREE_IMAGE, goods.PRICED_IMAGE
FACTS = {"id", "alias", "description", "image_name", "architecture", "os", "release", "variant", "size", "price"}
FIELDS = FACTS | {"average_rating", "rating_count", "icon_url", "prespawn"}


async def test_answers_hold_every_field_of_an_image(caller: Caller) -> None:
    assert set((await caller.ok("GET", "/images/public"))["images"][0]) == FIELDS | {"added_date"}
    assert set(await caller.ok("GET", f"/images/public/{FREE}")) == FIELDS | {"added_date", "serial"}
    await caller.ok("POST", f"/images/import/{FREE}")
    assert set((await caller.ok("GET", "/images/user"))["images"][0]) == FIELDS | {"user_rating", "has_rated", "created_at"}


@pytest.mark.parametrize(
    ("query", "fit"),
    [
        ({"sort_by": "price", "sort_order": "asc"}, [FREE, PRICED]),
        ({"sort_by": "rating"}, [FREE, PRICED]),
        ({"sort_by": "alias"}, [PRICED, FREE]),
        ({"max_price": 0}, [FREE]),
        ({"min_price": 1}, [PRICED]),
        ({"min_rating": 3}, [FREE]),
        ({"max_rating": 3}, [PRICED]),
        ({"search": "TUNED"}, [PRICED]),
        ({"os": "alpine"}, []),
        ({"architecture": "amd64", "limit": 1, "page": 2, "sort_by": "price"}, [FREE]),
    ],
)
async def test_public_images_are_filtered_and_sorted(caller: Caller, query: Any, fit: list[str]) -> None:
    assert [image["id"] for image in (await caller.ok("GET", "/images/public", **query))["images"]] == fit


@pytest.mark.parametrize("query", [{"sort_by": "size"}, {"min_rating": 6}, {"min_price": "x"}, {"limit": 101}])
async def test_a_filter_that_cannot_be_is_refused(caller: Caller, query: Any) -> None:
    assert (await caller("GET", "/images/public", **query))[0] == 400


async def test_a_free_image_is_imported_once(caller: Caller) -> None:
    await caller.ok("POST", f"/images/import/{FREE}")
    assert [image["id"] for image in (await caller.ok("GET", "/images/user"))["images"]] == [FREE]
    assert (await caller("POST", f"/images/import/{FREE}"))[0] == 409
    assert (await caller("POST", f"/images/import/{PRICED}"))[0] == 400


async def test_a_priced_image_is_paid_once(caller: Caller, world: World) -> None:
    paid = await caller.ok("POST", f"/images/purchase/{PRICED}")
    assert (paid["price_paid"], paid["remaining_balance"], world.balance) == (4.99, 45.01, 4_501)
    assert (await caller("POST", f"/images/purchase/{PRICED}"))[0] == 409
    assert (await caller("POST", f"/images/purchase/{FREE}"))[0] == 400
    assert world.balance == 4_501


async def test_an_image_is_not_sold_without_money_or_to_a_reader(caller: Caller, world: World) -> None:
    assert (await caller.as_(seed.READER)("POST", f"/images/purchase/{PRICED}"))[0] == 403
    world.balance = 498
    status, found = await caller("POST", f"/images/purchase/{PRICED}")
    assert (status, found["error"]) == (400, "INSUFFICIENT_BALANCE")
    assert (await caller.ok("GET", "/images/user"))["images"] == []


async def test_a_later_rating_replaces_the_earlier_one(caller: Caller) -> None:
    await caller.ok("POST", f"/images/rate/{FREE}", {"rating": 0})
    found = await caller.ok("POST", f"/images/rate/{FREE}", {"rating": 5})
    assert found == {"new_rating": 5, "average_rating": 4.5, "rating_count": 2}
    await caller.ok("POST", f"/images/import/{FREE}")
    (mine,) = (await caller.ok("GET", "/images/user"))["images"]
    assert (mine["user_rating"], mine["has_rated"]) == (5, True)
    for wrong in ({"rating": 5.5}, {"rating": "5"}, {}):
        assert (await caller("POST", f"/images/rate/{FREE}", wrong))[0] == 400


async def test_an_icon_is_a_picture(caller: Caller) -> None:
    status, found = await caller("GET", f"/images/{PRICED}/icon")
    assert (status, found[:4], caller.last["content-type"]) == (200, b"\x89PNG", "image/png")
    assert (await caller("GET", f"/images/{FREE}/icon"))[0] == 404


@pytest.mark.parametrize(("image_id", "status"), [("9" * 24, 404), ("nonsense", 400)])
async def test_an_unknown_image_is_not_found(caller: Caller, image_id: str, status: int) -> None:
    assert (await caller("GET", f"/images/public/{image_id}"))[0] == status
    assert (await caller("POST", f"/images/import/{image_id}"))[0] == status
