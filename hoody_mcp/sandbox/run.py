"""Use the sandbox: inside the server's own process, or as a server of its own on a port of this machine."""

from __future__ import annotations

import socket

import uvicorn
from pydantic import SecretStr

from ..settings import Settings
from . import places, seed
from .app import Sandbox, Transport

HOST = "127.0.0.1"


def in_process(settings: Settings) -> tuple[Settings, Transport]:
    """Give settings that lead into a new sandbox, and the transport that reaches it; nothing leaves the process."""
    own = {
        "token": SecretStr(seed.TOKEN),
        "token_file": None,
        "base_url": places.API,
        "kit_url": None,
        "realm_url": None,
        "realm": settings.scope_realm or None,
    }
    return settings.model_copy(update=own), Transport(Sandbox(seed.make_world()).app)


def listening(port: int) -> socket.socket:
    """Take a port of this machine; 0 for any that is free."""
    return socket.create_server((HOST, port))


def environment(listener: socket.socket) -> dict[str, str]:
    """Give the settings that lead a server or any HTTP client to a sandbox that listens there."""
    base = f"http://{HOST}:{listener.getsockname()[1]}"
    return {
        "HOODY_BASE_URL": base,
        "HOODY_KIT_URL": base + places.KIT_TEMPLATE,
        "HOODY_REALM_URL": base + places.REALM_TEMPLATE,
        "HOODY_TOKEN": seed.TOKEN,
    }


def serve(listener: socket.socket) -> None:
    """Answer until interrupted."""
    sandbox = Sandbox(seed.make_world())
    config = uvicorn.Config(sandbox.app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])
