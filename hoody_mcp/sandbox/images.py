"""Images of containers: the public ones, and those that the caller has taken or bought."""

from __future__ import annotations

import base64

from pydantic import Field
from starlette.responses import Response

from .payments import charge, wallet
from .routes import Area
from .state import Json
from .wire import Ask, Body, Refusal, data, paged

area = Area()

# A single grey point.
ICON = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
HIDDEN = frozenset({"ratings", "owners"})
SORTED_BY = ("alias", "added_date", "price", "rating=average_rating")


class Rating(Body):
    """How good it is, in stars."""

    rating: float = Field(ge=0, le=5)


@area.route("GET /images/public")
def list_public(ask: Ask) -> Response:
    """List the public images, those that fit the filters."""
    prices = ask.filter_number("min_price"), ask.filter_number("max_price")
    ratings = ask.filter_number("min_rating", most=5), ask.filter_number("max_rating", most=5)
    text = ask.query.get("search", "").lower()
    found = [
        image
        for image in map(_shown, ask.world.images.values())
        if ask.query.get("os") in {None, image["os"]}
        and ask.query.get("architecture") in {None, image["architecture"]}
        and _within(image["price"], *prices)
        and _within(image["average_rating"], *ratings)
        and text in f"{image['alias']} {image['image_name']} {image['description']}".lower()
    ]
    lists = [{name: value for name, value in image.items() if name != "serial"} for image in found]
    return paged(ask, "images", lists, limit=20, sort_by="added_date", keys=SORTED_BY)


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or least <= value) and (most is None or value <= most)


@area.route("GET /images/public/{id}")
def get(ask: Ask) -> Response:
    """Show a public image."""
    return data(_shown(_image(ask)))


@area.route("GET /images/user")
def list_own(ask: Ask) -> Response:
    """List the images that the caller has."""
    user = ask.caller.user_id
    found: list[Json] = []
    for image in ask.world.images.values():
        if user in image["owners"]:
            rating: float | None = image["ratings"].get(user)
            own = {"user_rating": rating, "has_rated": rating is not None, "created_at": image["owners"][user]}
            found.append({name: value for name, value in _shown(image).items() if name not in {"serial", "added_date"}} | own)
    return paged(ask, "images", found, limit=20)


@area.route("POST /images/import/{id}")
def import_free(ask: Ask) -> Response:
    """Take a free image."""
    image = _image(ask)
    if image["price"]:
        raise Refusal(400, "IMAGE_NOT_FREE", "This image has a price; purchase it")
    _own(ask, image)
    return data({}, 201, "Image imported")


@area.route("POST /images/purchase/{id}", needs="financial.wallet.transfer")
def purchase(ask: Ask) -> Response:
    """Buy an image; what has a price is bought once."""
    image = _image(ask)
    if not image["price"]:
        raise Refusal(400, "IMAGE_IS_FREE", "This image has no price; import it")
    _check_new(ask, image)
    charge(ask, round(image["price"] * 100), reason="image_purchase")
    _own(ask, image)
    return data({"price_paid": image["price"], "remaining_balance": wallet(ask).balance / 100}, 201, "Image purchased")


@area.route("POST /images/rate/{id}")
def rate(ask: Ask) -> Response:
    """Rate an image; a later rating replaces the caller's earlier one."""
    image, asked = _image(ask), ask.body(Rating)
    image["ratings"][ask.caller.user_id] = asked.rating
    shown = _shown(image)
    return data({"new_rating": asked.rating, "average_rating": shown["average_rating"], "rating_count": shown["rating_count"]})


@area.route("GET /images/{id}/icon")
def icon(ask: Ask) -> Response:
    """Give the picture of an image."""
    if not _image(ask)["icon_url"]:
        raise Refusal(404, "ICON_NOT_FOUND", "This image has no icon")
    return Response(ICON, media_type="image/png")


def _check_new(ask: Ask, image: Json) -> None:
    if ask.caller.user_id in image["owners"]:
        raise Refusal(409, "CONFLICT", "You have this image already")


def _own(ask: Ask, image: Json) -> None:
    _check_new(ask, image)
    image["owners"][ask.caller.user_id] = ask.world.now()


def _image(ask: Ask) -> Json:
    found = ask.world.images.get(ask.id("id"))
    if found is None:
        raise Refusal(404, "IMAGE_NOT_FOUND", "Image not found")
    return found


def _shown(image: Json) -> Json:
    ratings: list[float] = list(image["ratings"].values())
    average = round(sum(ratings) / len(ratings), 2) if ratings else 0
    return {name: value for name, value in image.items() if name not in HIDDEN} | {"average_rating": average, "rating_count": len(ratings)}
