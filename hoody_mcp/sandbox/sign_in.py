"""Facts about signing in that anybody may see, and signing out."""

from __future__ import annotations

from starlette.responses import Response

from .goods import NOWHERE
from .routes import Area
from .wire import Ask, data

area = Area()


@area.route("GET /auth/available-regions")
def regions(ask: Ask) -> Response:
    """Show the one place there is; its free servers are all taken."""
    del ask  # the same for everybody
    place = {name: NOWHERE[name] for name in ("region", "country", "city")}
    return data({"regions": [place | {"available": False}]})


@area.route("GET /auth/config")
def config(ask: Ask) -> Response:
    """Show that nobody can sign in through anybody else."""
    del ask  # the same for everybody
    return data({name: {"enabled": False} for name in ("github", "google")})


@area.route("POST /users/auth/logout")
def logout(ask: Ask) -> Response:
    """End every login of the caller's; tokens stay."""
    for token in ask.world.tokens.values():
        if token.is_session and token.user_id == ask.caller.user_id:
            token.revoked = True
    return data(None, message="Logged out")
