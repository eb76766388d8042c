"""Environment variables of containers."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import ConfigDict, Field, RootModel
from starlette.responses import Response

from . import find
from .routes import Area
from .state import Container
from .states import demand
from .wire import Ask, Body, data, invalid

area = Area()

RESERVED = "HOODY_"
KEY = r"[a-zA-Z_][a-zA-Z0-9_]*"
MAX_KEY = 256
MAX_VALUE = 32_768
FILE = "/etc/environment"  # where logins in the container find them


class Variables(RootModel[dict[str, Annotated[str, Field(max_length=MAX_VALUE)]]]):
    """Values by key."""

    model_config = ConfigDict(strict=True)


class Value(Body):
    """One value."""

    value: str = Field(max_length=MAX_VALUE)


@area.route("GET /containers/{id}/env", needs="containers.read")
def list_variables(ask: Ask) -> Response:
    """List all variables."""
    return data({"environment_vars": find.container(ask).record["environment_vars"]})


@area.route("PUT /containers/{id}/env", needs="containers.update")
def merge(ask: Ask) -> Response:
    """Set several variables; the others stay."""
    found = _found(ask)
    return _kept(ask, found, found.record["environment_vars"] | checked(ask.body(Variables).root))


@area.route("PUT /containers/{id}/env/{key}", needs="containers.update")
def set_one(ask: Ask) -> Response:
    """Set one variable."""
    found = _found(ask)
    return _kept(ask, found, found.record["environment_vars"] | checked({ask.parts["key"]: ask.body(Value).value}))


@area.route("DELETE /containers/{id}/env/{key}", needs="containers.update")
def delete(ask: Ask) -> Response:
    """Delete one variable, if it is there."""
    found, gone = _found(ask), checked({ask.parts["key"]: ""})
    return _kept(ask, found, {key: value for key, value in found.record["environment_vars"].items() if key not in gone})


def checked(variables: dict[str, str]) -> dict[str, str]:
    """Give variables back; 400 for keys that cannot be, or that only the platform sets."""
    for key in variables:
        if not re.fullmatch(KEY, key) or len(key) > MAX_KEY:
            raise invalid((f"environment_vars.{key}", "is no name of a variable"))
        if key.startswith(RESERVED):
            raise invalid((f"environment_vars.{key}", f"begins with {RESERVED}, which is reserved"))
    return variables


def keep(container: Container, variables: dict[str, str]) -> None:
    """Make these the variables of a container, in its record and on its disk."""
    container.record["environment_vars"] = variables
    container.files[FILE] = "".join(f'{key}="{value}"\n' for key, value in variables.items()).encode()


def _found(ask: Ask) -> Container:
    found = find.container(ask)
    demand(found, "change its environment")
    return found


def _kept(ask: Ask, container: Container, variables: dict[str, str]) -> Response:
    keep(container, variables)
    container.record["updated_at"] = ask.world.now()
    return data({"environment_vars": variables, "synced": container.status == "running"})
