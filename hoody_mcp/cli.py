"""Command line (being built)."""

from __future__ import annotations

import json

import click

from .catalog import stale_files, walk, write_files
from .inventory import excluded, inventory


@click.group()
def main() -> None:
    """Serve the Hoody platform over MCP."""


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--excluded", "only_excluded", is_flag=True)
def operations(*, as_json: bool, only_excluded: bool) -> None:
    """List operations."""
    click.echo(json.dumps(excluded() if only_excluded else inventory(walk())))


@main.command()
@click.option("--write", is_flag=True)
def schemas(*, write: bool) -> None:
    """Compile tool_schemas."""
    click.echo(f"changed: {write_files()}" if write else f"stale: {stale_files()}")
