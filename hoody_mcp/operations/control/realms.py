"""Realms: ids that group projects, containers, servers and tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, Field

from ...operation import Default, Operation, Query, Risk


class RealmsList(
    Operation,
    route="GET /api/v1/realms/",
    risk=Risk.READ,
    items="realm_ids",
    keywords="tenants namespaces multi-tenant isolation groups",
):
    """List the realm ids in use. Realms have no names and no creation: one exists once something carries its id in realm_ids."""

    include_usage: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: count projects, containers, servers and tokens of each."
    )
