"""Images: what containers are made from, yours and the public catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...bill import bill, cents_of
from ...jsons import Json, at
from ...operation import Body, Default, ImageId, Operation, Path, Query, Risk, Show
from .containers import Page, PageSize, SortOrder
from .wallet import SHOW_WALLET

Stars = Annotated[float, Field(ge=0, le=5)]

COLUMNS = (
    "id",
    "alias",
    "image_name",
    "os",
    "release",
    "variant",
    "architecture",
    "size",
    "price",
    "description",
    "average_rating",
    "rating_count",
)


class ImagesList(
    Operation,
    route="GET /api/v1/images/user",
    risk=Risk.READ,
    items="images",
    columns=(*COLUMNS, "user_rating"),
    constants={"sort_by": "created_at"},
    keywords="mine imported purchased templates operating systems distributions",
):
    """List the images you imported or bought. The catalogue: images_list_public."""

    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(20)] | MISSING] = MISSING
    sort_order: Query[SortOrder | MISSING] = MISSING


class ImagesListPublic(
    Operation,
    route="GET /api/v1/images/public",
    risk=Risk.READ,
    items="images",
    columns=COLUMNS,
    keywords="catalogue marketplace store find templates operating systems distributions debian",
):
    """Search the public catalogue of images, free (price 0) and paid. Yours: images_list."""

    search: Query[str | MISSING] = Field(default=MISSING, description="Text in name, description or tags.")
    os: Query[str | MISSING] = Field(default=MISSING, description="Operating system, such as debian.")
    architecture: Query[str | MISSING] = Field(default=MISSING, description="CPU: amd64, arm64 or armhf.")
    min_price: Query[float | MISSING] = Field(default=MISSING, description="Lowest price; 0 includes free ones.")
    max_price: Query[float | MISSING] = Field(default=MISSING, description="Highest price.")
    min_rating: Query[Stars | MISSING] = Field(default=MISSING, description="Lowest average rating.")
    max_rating: Query[Stars | MISSING] = Field(default=MISSING, description="Highest average rating.")
    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(20)] | MISSING] = MISSING
    sort_by: Query[Literal["alias", "added_date", "price", "rating"] | MISSING] = Field(default=MISSING, description="Sort key.")
    sort_order: Query[SortOrder | MISSING] = MISSING


class ImagesGet(
    Operation,
    route="GET /api/v1/images/public/{image_id=id}",
    risk=Risk.READ,
    keywords="show details template operating system how large price reviews",
):
    """Show one image of the public catalogue: system, size, price, rating."""

    image_id: Path[ImageId]


class ImagesImport(
    Operation,
    route="POST /api/v1/images/import/{image_id=id}",
    risk=Risk.WRITE,
    shown_by="images_list",
    keywords="add free template operating system get install",
):
    """Add a free public image to yours. Paid ones: images_purchase."""

    image_id: Path[ImageId]


class ImagesPurchase(
    Operation,
    route="POST /api/v1/images/purchase/{image_id=id}",
    risk=Risk.SPEND,
    shown_by="images_list",
    shows=(
        Show(
            read=ImagesGet,
            tells=("alias", "price", "image_name", "os", "release", "architecture", "average_rating", "rating_count"),
            binds=("id", "alias", "price", "image_name"),
            label="image",
        ),
        SHOW_WALLET,
    ),
    keywords="buy pay paid template operating system order",
):
    """Spends from the wallet: buys a paid image at its catalogue price (images_get). Free ones: images_import."""

    image_id: Path[ImageId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell the price, which the catalogue gives in dollars, and what is left then."""
        price = at(seen.get("image"), "price")
        whole = f"{price}.00" if isinstance(price, int) and not isinstance(price, bool) else price
        return bill(cents_of(whole), seen)


class ImagesRate(
    Operation,
    route="POST /api/v1/images/rate/{image_id=id}",
    risk=Risk.WRITE,
    shown_by="images_get",
    destructive=True,
    idempotent=True,
    open_world=True,
    keywords="stars review vote score feedback template",
):
    """Rate an image in your name. It counts in the average that everybody sees."""

    image_id: Path[ImageId]
    rating: Body[Stars] = Field(description="Stars.")


class ImagesGetIcon(
    Operation,
    route="GET /api/v1/images/{image_id=id}/icon",
    risk=Risk.READ,
    keywords="picture logo PNG template",
):
    """Show an image's icon as a picture."""

    image_id: Path[ImageId]
