"""Command line: serve (the default), try, doctor, sandbox, tools, operations, schemas."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from . import __version__
from .errors import SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])

EPILOG = "Settings come from HOODY_* variables; flags win. README.md lists them."


def selection(command: Command) -> Command:
    """Add the options that decide what tools/list shows."""
    for option in (
        click.option("--realm", "scope_realm", default="", help="Work in this realm only (id)."),
        click.option("--container", "scope_container", default="", help="Work in this container only (id or name)."),
        click.option("--project", "scope_project", default="", help="Work in this project only (id or name)."),
        click.option("--read-only", is_flag=True, help="Refuse every call that changes something, and list only what reads."),
        click.option("--exclude", default="", help="Tools or toolsets not to list, comma-separated."),
        click.option("--tools", default="", help="Single tools to list, comma-separated."),
        click.option("--toolsets", default="", help="Toolsets to list, or everyday (default), observe, operate, all."),
    ):
        command = option(command)
    return command


class Lines(click.Group):
    """A group whose help says how many tools there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the counts and the epilog."""
        from .catalog import Catalog  # noqa: PLC0415 - help alone needs it

        catalog = Catalog.load()
        formatter.write_paragraph()
        formatter.write_text(counts(catalog))
        super().format_epilog(ctx, formatter)


def counts(catalog: Any) -> str:
    """Say how many operations and tools there are and how many are listed."""
    from .catalog import KNOWN_OPERATIONS  # noqa: PLC0415
    from .listing import selected  # noqa: PLC0415
    from .settings import Settings  # noqa: PLC0415

    listed = len(selected(catalog, Settings.model_construct())) - len(catalog.own)
    return (
        f"{KNOWN_OPERATIONS} operations of Hoody are known, {len(catalog.entries)} are tools so far, {listed} of them listed by default, "
        f"beside {len(catalog.own)} tools of the server's own, which find and call all others. "
        "--toolsets all lists all; every tool can be called by its name."
    )


@click.group(cls=Lines, invoke_without_command=True, epilog=EPILOG)
@click.version_option(__version__, prog_name="hoody-mcp")
@click.option("--sandbox", is_flag=True, help="Work in a sandbox inside this process: no account, no network, nothing real.")
@selection
@click.pass_context
def main(context: click.Context, **flags: Any) -> None:
    """Hand the Hoody platform to language models, over MCP on stdin and stdout."""
    context.obj = flags
    if context.invoked_subcommand is None:
        _serve(flags)


@main.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Serve MCP on stdin and stdout (the default)."""
    _serve(context.obj)


@main.command("try")
def try_() -> None:
    """Show in two minutes what this is: a tour of the sandbox, and the configuration for your client."""
    from . import tour  # noqa: PLC0415 - each command imports what it needs: the server starts faster

    sys.exit(tour.main())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Examine token, settings, network and one container; say what to do. Exit code: 1 for warnings, 2 for errors."""
    import anyio  # noqa: PLC0415

    from . import doctor as doctor_  # noqa: PLC0415
    from .settings import Settings  # noqa: PLC0415

    try:
        findings = anyio.run(doctor_.examine, Settings.load(**context.obj))
    except SettingsError as error:
        findings = [doctor_.Finding("settings", doctor_.Level.ERROR, f"The server does not start. {error}", "Correct it, or unset it.")]
    click.echo(json.dumps([finding.shown() for finding in findings], indent=1) if as_json else doctor_.as_text(findings))
    sys.exit(doctor_.exit_code(findings))


@main.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="Port of this machine; 0 for any free one.")
def sandbox(port: int) -> None:
    """Serve the sandbox over HTTP on this machine, for any HTTP client."""
    from .sandbox import run  # noqa: PLC0415

    try:
        listener = run.listening(port)
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error.strerror}") from None
    for name, value in run.environment(listener).items():
        click.echo(f"export {name}='{value}'")
    click.echo("# The sandbox answers there until Ctrl-C. Faults: POST /sandbox/faults (README.md)")
    sys.stdout.flush()
    run.serve(listener)


@main.command()
@selection
@click.option("--json", "as_json", is_flag=True, help="Print the definitions as tools/list sends them.")
@click.option("--tokens", is_flag=True, help="Count tokens (needs the package bpe-openai).")
@click.pass_context
def tools(context: click.Context, /, *, as_json: bool, tokens: bool, **flags: Any) -> None:
    """Show the tools that these flags list."""
    from .catalog import Catalog  # noqa: PLC0415
    from .listing import check_names, listed  # noqa: PLC0415
    from .report import token_report, tool_table  # noqa: PLC0415

    settings, catalog = _settings({**context.obj, **{name: value for name, value in flags.items() if value}}), Catalog.load()
    try:
        check_names(settings, catalog)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    shown = listed(catalog, settings)
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    elif tokens:
        click.echo(token_report(shown))
    else:
        click.echo(tool_table(shown))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print all facts as JSON.")
@click.option("--excluded", is_flag=True, help="The operations that are no tools, with the reason.")
def operations(*, as_json: bool, excluded: bool) -> None:
    """Show every operation of Hoody that is known, and where it goes."""
    from . import inventory  # noqa: PLC0415
    from .compiling import walk  # noqa: PLC0415

    rows = inventory.excluded() if excluded else inventory.inventory(walk())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    for row in () if as_json else rows:
        click.echo(f"{row.get('tool', row.get('reason')):40} {row['method']:8} {row['path']}")


@main.command()
@click.option("--write", is_flag=True, help="Compile tool_schemas/ anew.")
@click.option("--check", is_flag=True, help="Exit 1 if tool_schemas/ is not what the classes compile to (the default).")
def schemas(*, write: bool, check: bool) -> None:
    """Compile the catalogue, or check that it is current."""
    from .compiling import stale_files, write_files  # noqa: PLC0415

    if write and check:
        raise click.UsageError("--write or --check, not both")
    changed = write_files() if write else stale_files()
    for name in changed:
        click.echo(f"{'written' if write else 'stale'}: {name}")
    if changed and not write:
        click.echo("run: hoody-mcp schemas --write", err=True)
        sys.exit(1)


def _settings(flags: dict[str, Any]) -> Any:
    from .settings import Settings  # noqa: PLC0415

    try:
        return Settings.load(**flags)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _serve(flags: dict[str, Any]) -> None:
    import anyio  # noqa: PLC0415

    from . import stdio  # noqa: PLC0415
    from .logs import LOGGER, logging_to_stderr  # noqa: PLC0415
    from .server import create_server  # noqa: PLC0415
    from .settings import near_misses  # noqa: PLC0415

    settings = _settings(flags)
    with logging_to_stderr(settings):
        for name in near_misses():
            LOGGER.warning("unknown setting %s", name)
        try:
            server = create_server(settings)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        try:
            anyio.run(stdio.serve, server)
        except* SettingsError as errors:
            raise click.ClickException(str(_first(errors))) from None


def _first(error: BaseException) -> BaseException:
    """Give what lies innermost in groups of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
