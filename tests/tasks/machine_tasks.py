"""The tasks: machines, what runs in them, what lies on their disks."""

from __future__ import annotations

from typing import Any

from hoody_mcp.sandbox import seed

from .script import Stage, Task, call, composed, out, through

LAB, SHOP = "lab", "shop"
OLD_PROGRAM = "import imp\nimp.reload(app)  # deprecated\n"
QUESTION = 'read -p "Do you agree? " answer && echo $answer > /root/agreed'


async def nothing(_: Stage) -> None:
    """Begin with an empty account."""


async def a_project(stage: Stage) -> None:
    await stage.project(LAB)


async def a_builder(stage: Stage) -> None:
    await stage.project(LAB, "builder")


async def a_web_machine(stage: Stage) -> None:
    await stage.project(SHOP, "web")


async def old_programs(stage: Stage) -> None:
    await a_web_machine(stage)
    await stage.do("files_put", container_id="web", path="/srv/app/new.py", text="import json\n")
    await stage.do("files_put", container_id="web", path="/srv/app/old.py", text=OLD_PROGRAM)


async def two_machines(stage: Stage) -> None:
    await stage.project(SHOP, "web", "worker")
    await stage.do("files_put", container_id="web", path="/srv/data/one", text="1")


async def a_configuration(stage: Stage) -> None:
    await a_web_machine(stage)
    await stage.do("files_put", container_id="web", path="/etc/app.conf", text="mode=safe\n")


async def variables(stage: Stage) -> None:
    await a_web_machine(stage)
    await stage.do("env_set_many", container_id="web", variables={"OLD_KEY": "7f3a", "LANG": "C"})


async def told_who_it_is(stage: Stage) -> Any:
    if not stage.answers:
        return None
    token, rentals = stage.answers
    return token["result"]["token"]["alias"], [rental["server_id"] for rental in rentals["items"]]


async def client_project(stage: Stage) -> Any:
    project = next((project["id"] for project in stage.world.projects.values() if project["alias"] == "acme"), None)
    inside = {box.record["name"]: box.status for box in stage.world.of_project(project or "")}
    return inside, [(alias["machine"], alias["program"], alias["index"]) for alias in stage.aliases("acme-shop")]


async def new_machine(stage: Stage) -> Any:
    return stage.home("builder"), stage.status("builder"), stage.answer("result.stdout")


async def long_command(stage: Stage) -> Any:
    box = stage.box("builder")
    ended = [(command.status, command.out.decode()) for command in box.commands.values()] if box else []
    return ended, stage.answer("result.stdout")


async def page_served(stage: Stage) -> Any:
    ports = (await stage.do("terminal_ports", container_id="web"))["items"]
    leads = [(alias["machine"], alias["index"]) for alias in stage.aliases("hello-acme")]
    return stage.text("web", "/srv/www/index.html"), 8000 in [port["port"] for port in ports], leads


async def old_program_shown(stage: Stage) -> Any:
    return stage.answer("result.text")


async def put_back(stage: Stage) -> Any:
    box = stage.box("web")
    kept = [snapshot["alias"] for snapshot in box.snapshots.values() if snapshot["last_used_at"]] if box else []
    return kept, stage.text("web", "/etc/app.conf"), stage.status("web")


async def variables_of_web(stage: Stage) -> Any:
    box = stage.box("web")
    return box and box.record["environment_vars"]


async def forked(stage: Stage) -> Any:
    return stage.home("web-test"), stage.status("web-test"), stage.text("web-test", "/etc/app.conf"), stage.status("web")


async def a_site_and_a_lab(stage: Stage) -> None:
    await a_configuration(stage)
    await stage.project(LAB)


async def shared(stage: Stage) -> Any:
    incoming = (await stage.do("storage_shares_list_incoming", container_id="worker"))["items"]
    return [(share["source_path"], share["mode"]) for share in incoming]


async def agreed(stage: Stage) -> Any:
    return stage.text("builder", "/root/agreed")


MACHINES = (
    Task(
        "who am I",
        "Who am I at Hoody, what may I do there, and which servers do I rent?",
        (call("auth_tokens_get_current"), call("rentals_list")),
        nothing,
        told_who_it_is,
        ("everything", [seed.SERVER]),
    ),
    Task(
        "client project",
        "Set up a project for client acme with a machine web and a machine database, and publish port 8080 of web as acme-shop.",
        (
            call("projects_create", alias="acme"),
            call("rentals_list"),
            call("containers_create", project_id="acme", server_id=out(1, "items.0.server_id"), name="web"),
            call("containers_create", project_id="acme", server_id=out(1, "items.0.server_id"), name="database"),
            through("hoody_wait", "containers_get", container_id=out(2, "result.id")),
            through("hoody_wait", "containers_get", container_id=out(3, "result.id")),
            call("proxy_aliases_create", container_id=out(2, "result.id"), program="http", port=8080, alias="acme-shop"),
        ),
        nothing,
        client_project,
        ({"web": "running", "database": "running"}, [("web", "http", 8080)]),
    ),
    Task(
        "new machine, first command",
        "Make a machine called builder in project lab, and tell me which kernel it runs.",
        (
            call("rentals_list"),
            call("containers_create", project_id=LAB, server_id=out(0, "items.0.server_id"), name="builder"),
            through("hoody_wait", "containers_get", container_id=out(1, "result.id")),
            call("terminal_execute", container_id="builder", command=composed("uname -r", "kernel"), ephemeral=True),
        ),
        a_project,
        new_machine,
        (LAB, "running", "6.1.0-sandbox\n"),
    ),
    Task(
        "long command",
        "Run sleep 60 && echo built on builder. It takes a while; tell me what it printed when it is done.",
        (
            call("terminal_execute", container_id="builder", command="sleep 60 && echo built", ephemeral=True, wait=False),
            through("hoody_wait", "terminal_result", container_id="builder", command_id=out(0, "result.command_id")),
            through("hoody_wait", "terminal_result", container_id="builder", command_id=out(0, "result.command_id")),
        ),
        a_builder,
        long_command,
        ([("completed", "built\n")], "built\n"),
    ),
    Task(
        "interactive session",
        f"In terminal 7 of builder, run {QUESTION} and when it asks, type yes.",
        (
            call("terminal_execute", container_id="builder", command=QUESTION, terminal_id="7", wait=False),
            call("terminal_result", container_id="builder", command_id=out(0, "result.command_id")),
            call("hoody_search", query="type yes"),
            call("hoody_describe", name="terminal_write"),
            through("hoody_execute", "terminal_write", container_id="builder", terminal_id="7", input="yes"),
            through("hoody_wait", "terminal_result", container_id="builder", command_id=out(0, "result.command_id")),
        ),
        a_builder,
        agreed,
        "yes\n",
    ),
    Task(
        "write a page and serve it",
        "Put a page that says Hello, acme! at /srv/www/index.html on web, serve that directory on port 8000 and publish it as hello-acme.",
        (
            call("files_put", container_id="web", path="/srv/www/index.html", text=composed("<h1>Hello, acme!</h1>\n", "Hello, acme!")),
            call(
                "terminal_execute",
                container_id="web",
                command=composed("cd /srv/www && python3 -m http.server 8000", "/srv/www/index.html", "8000"),
                terminal_id="1",
                wait=False,
            ),
            call("proxy_aliases_create", container_id="web", program="http", port=8000, alias="hello-acme"),
        ),
        a_web_machine,
        page_served,
        ("<h1>Hello, acme!</h1>\n", True, [("web", 8000)]),
    ),
    Task(
        "find text in files",
        "Which program below /srv/app on web still uses something deprecated? Show me the whole program.",
        (
            call("files_grep", container_id="web", path="/srv/app", pattern="deprecated"),
            call("files_get", container_id="web", path=out(0, "items.0.path")),
        ),
        old_programs,
        old_program_shown,
        OLD_PROGRAM,
    ),
    Task(
        "snapshot, change, back again",
        "Keep the present state of web as before-change, write mode=fast into /etc/app.conf, and then put web back to what was kept.",
        (
            call("snapshots_create", container_id="web", alias="before-change"),
            call("files_put", container_id="web", path="/etc/app.conf", text=composed("mode=fast\n", "mode=fast"), overwrite=True),
            call("snapshots_restore", container_id="web", name=out(0, "result.snapshot.name")),
            call("snapshots_restore", container_id="web", name=out(0, "result.snapshot.name"), confirm=out(2, "confirm")),
            call("hoody_wait", name="containers_get", arguments={"container_id": "web"}, until=["running"]),
        ),
        a_configuration,
        put_back,
        (["before-change"], "mode=safe\n", "running"),
    ),
    Task(
        "fork a machine",
        "Copy container web into project lab as web-test, and wait until the copy runs.",
        (
            call("hoody_search", query="Copy container"),
            call("hoody_describe", name="containers_copy"),
            through("hoody_write", "containers_copy", container_id="web", target_project_id=LAB, name="web-test"),
            through("hoody_wait", "containers_get", container_id=out(2, "result.id")),
        ),
        a_site_and_a_lab,
        forked,
        (LAB, "running", "mode=safe\n", "running"),
    ),
    Task(
        "share a directory",
        "Share the directory /srv/data of web with worker, which may only read it.",
        (
            call("hoody_search", query="Share the directory"),
            call("hoody_describe", name="storage_shares_create"),
            through(
                "hoody_write",
                "storage_shares_create",
                container_id="web",
                source_path="/srv/data",
                mode="readonly",
                target_container_id="worker",
            ),
        ),
        two_machines,
        shared,
        [("/srv/data", "readonly")],
    ),
    Task(
        "environment variables",
        "On web, set the environment variable LOG_LEVEL to debug, and delete the environment variable OLD_KEY.",
        (
            call("env_set", container_id="web", key="LOG_LEVEL", value="debug"),
            call("hoody_search", query="delete the environment variable"),
            call("hoody_describe", name="env_delete"),
            through("hoody_destroy", "env_delete", container_id="web", key="OLD_KEY"),
            through("hoody_destroy", "env_delete", container_id="web", key="OLD_KEY", confirm=out(3, "confirm")),
        ),
        variables,
        variables_of_web,
        {"LANG": "C", "LOG_LEVEL": "debug"},
    ),
)
