"""Prompts: what people ask for most, each with the steps that a careful operator would take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import mcp_types as types
from mcp.shared.exceptions import MCPError

TEXTS = files("hoody_mcp").joinpath("prompts")
LONGEST = 500  # characters of one argument


@dataclass(frozen=True)
class Argument:
    """One blank of a prompt."""

    description: str
    kind: str = ""  # the kind of thing whose names complete it
    default: str = ""  # what stands there if it is not given; without one it must be


@dataclass(frozen=True)
class Prompt:
    """One prompt; its text lies in `prompts/<name>.md`."""

    title: str
    description: str
    arguments: Mapping[str, Argument]


PROMPTS: Mapping[str, Prompt] = {
    "clean_up": Prompt(
        "Clean up safely",
        "Find what is not used any more, and delete only what the user agrees to.",
        {"what": Argument("Project, container, or what to clean up.", kind="project", default="the account")},
    ),
    "deploy_client_project": Prompt(
        "Deploy a client project",
        "Make a project with its machines, install, publish, and lock down.",
        {
            "client": Argument("Client's name; the project is called so."),
            "what": Argument("What to deploy, such as a web shop with a database."),
        },
    ),
    "lock_down_database": Prompt(
        "Lock down a database",
        "Let only the database's clients reach it, and prove it.",
        {
            "container": Argument("Container of the database.", kind="container"),
            "clients": Argument("Who may reach it.", default="the containers of its own project"),
        },
    ),
    "rotate_token": Prompt(
        "Rotate a token",
        "Replace an auth token without an interruption.",
        {"token": Argument("The token's name, never its value.", kind="token")},
    ),
    "why_no_answer": Prompt(
        "Why does a site not answer?",
        "Look from the alias down to the process, and name the cause.",
        {"site": Argument("URL, alias or container.", kind="alias")},
    ),
}


def listed() -> types.ListPromptsResult:
    """Give every prompt."""
    return types.ListPromptsResult(prompts=[_shown(name, prompt) for name, prompt in PROMPTS.items()])


def filled(name: str, given: Mapping[str, str]) -> types.GetPromptResult:
    """Give a prompt's text with its blanks filled; `MCPError` names what is unknown or missing."""
    prompt = PROMPTS.get(name)
    if prompt is None:
        raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {name[:64]}. Prompts: {', '.join(PROMPTS)}.")
    text = TEXTS.joinpath(f"{name}.md").read_text(encoding="utf-8")
    values = {f"{{{blank}}}": _value(blank, argument, given) for blank, argument in prompt.arguments.items()}
    text = re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], text)  # at once: no value is searched for blanks
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(description=prompt.description, messages=[message])


def _value(blank: str, argument: Argument, given: Mapping[str, str]) -> str:
    value = " ".join(given.get(blank, "").split())[:LONGEST]
    if not value and not argument.default:
        raise MCPError(types.INVALID_PARAMS, f"{blank} is missing: {argument.description}")
    return value or argument.default


def _shown(name: str, prompt: Prompt) -> types.Prompt:
    arguments = [
        types.PromptArgument(name=blank, description=argument.description, required=not argument.default)
        for blank, argument in prompt.arguments.items()
    ]
    return types.Prompt(name=name, title=prompt.title, description=prompt.description, arguments=arguments)
