"""The tasks: who may do and reach what, what is paid, and what is cleaned up."""

from __future__ import annotations

from typing import Any

from hoody_mcp.sandbox import goods, seed

from .machine_tasks import LAB, SHOP, a_web_machine, nothing
from .script import Stage, Task, call, composed, out, through

REALM = "65f0a1b2c3d4e5f607182930"
DAY = 86_400
DEPLOY = "deploy"  # a token by its name
PROXY = "socks5://proxy.example.com:1080"


async def a_token(stage: Stage) -> None:
    await stage.do("auth_tokens_create", alias=DEPLOY, permission_template="dev_team", ip_whitelist=["203.0.113.0/24"])


async def a_database(stage: Stage) -> None:
    await stage.project(SHOP, "web", "database", "other")


async def a_crawler(stage: Stage) -> None:
    await stage.project(LAB, "crawler")


async def a_site(stage: Stage) -> None:
    await a_web_machine(stage)
    await stage.do("proxy_aliases_create", container_id="web", program="http", port=8080, alias="acme-shop")


async def a_site_shut_off(stage: Stage) -> None:
    await a_site(stage)
    rule = {"container_id": "web", "protocol": "tcp", "source": "0.0.0.0/0"}
    await stage.do("firewall_ingress_create", **rule, action="allow", destination_port="22", description="ssh")
    await stage.do("firewall_ingress_create", **rule, action="drop", destination_port="8080", description="maintenance")


async def an_old_project(stage: Stage) -> None:
    await stage.project(SHOP)
    await stage.project("old-shop", "web", "database")
    await stage.do("proxy_aliases_create", container_id="web", program="http", port=8080, alias="old-site")


async def a_shared_project(stage: Stage) -> None:
    project = await stage.project(LAB)
    await stage.do("projects_permissions_create", project_id=project, user_id=seed.STRANGER, permission_level="read")


async def tokens(stage: Stage) -> Any:
    """Give what the tokens with these names may do, and which of them is the one that was handed out."""
    kept = {token.record["alias"]: token for token in stage.world.tokens.values() if token.record["alias"].startswith("deploy")}
    handed_out = [answer["result"]["token"] for answer in stage.answers if "token" in (answer.get("result") or {})]
    facts = {name: (token.record["permission_template"], token.record["ip_whitelist"]) for name, token in kept.items()}
    return facts, [name for name, token in kept.items() if token.value in handed_out]


async def helper(stage: Stage) -> Any:
    now, fields = stage.world.clock(), ("permission_template", "realm_ids", "allow_no_realm")
    made = [token for token in stage.world.tokens.values() if token.record["alias"] == "helper"]
    return [(*(token.record[name] for name in fields), now < (token.expires or 0) <= now + 2 * DAY) for token in made]


async def doors(stage: Stage) -> Any:
    return [(await stage.run(machine, "nc -z database 5432"))["exit_code"] for machine in ("web", "other")]


async def way_out(stage: Stage) -> Any:
    box = stage.box("crawler")
    return box and box.network and (box.network["proxy"], box.network["applied"])


async def rented(stage: Stage) -> Any:
    mine = [rental for rental in stage.world.rentals.values() if rental["server_id"] == goods.SMALL]
    return [(rental["user_id"], rental["total_paid_cents"]) for rental in mine], stage.world.balance


async def site_is_on(stage: Stage) -> Any:
    return [alias["enabled"] for alias in stage.aliases("acme-shop")]


async def rules_of_web(stage: Stage) -> Any:
    box = stage.box("web")
    return [(rule["action"], rule["destination_port"]) for rule in box.rules["ingress"]] if box else None


async def what_is_left(stage: Stage) -> Any:
    mine = [project["alias"] for project in stage.world.projects.values() if project["user_id"] == seed.USER]
    return mine, len(stage.world.containers), len(stage.aliases("old-site"))


async def access(stage: Stage) -> Any:
    project = next((project for project in stage.world.projects.values() if project["alias"] == "research"), None)
    if project is None or not stage.answers:
        return None
    told = [(each["user_id"], each["permission_level"]) for each in stage.answers[-1]["items"]]
    return told == [(each["user_id"], each["permission_level"]) for each in project["permissions"]], told


ACCOUNT = (
    Task(
        "rotate a token",
        "Replace the token deploy: make a new one with the same rights called deploy-2, then delete the token deploy.",
        (
            call("hoody_search", query="Replace the token"),
            call("hoody_describe", name="auth_tokens_copy"),
            through("hoody_write", "auth_tokens_copy", token_id=DEPLOY, alias="deploy-2"),
            call("hoody_describe", name="auth_tokens_delete"),
            through("hoody_destroy", "auth_tokens_delete", token_id=DEPLOY),
            through("hoody_destroy", "auth_tokens_delete", token_id=DEPLOY, confirm=out(4, "confirm")),
        ),
        a_token,
        tokens,
        ({"deploy-2": ("dev_team", ["203.0.113.0/24"])}, ["deploy-2"]),
    ),
    Task(
        "token for an agent in one realm",
        f"Make a token called helper for an agent. It may only read, only in realm {REALM}, and ends tomorrow.",
        (
            call("hoody_search", query="Make a token"),
            call("hoody_describe", name="auth_tokens_create"),
            through(
                "hoody_write",
                "auth_tokens_create",
                alias="helper",
                permission_template="read_only",
                realm_ids=[REALM],
                allow_no_realm=False,
                expires_at="tomorrow",
            ),
        ),
        nothing,
        helper,
        [("read_only", [REALM], False, True)],
    ),
    Task(
        "lock down a database",
        "Only web may reach port 5432 of database. Shut out everybody else, and prove that web still gets through.",
        (
            call("terminal_execute", container_id="web", command=composed("hostname -I", "web"), ephemeral=True),
            call(
                "firewall_ingress_create",
                container_id="database",
                action="allow",
                protocol="tcp",
                description=composed("web may reach 5432", "web", "5432"),
                destination_port="5432",
                source=out(0, "result.stdout", first_word=True),
            ),
            call(
                "firewall_ingress_create",
                container_id="database",
                action="drop",
                protocol="tcp",
                description=composed("everybody else", "everybody else"),
                destination_port="5432",
                source="0.0.0.0/0",
            ),
            call("terminal_execute", container_id="web", command=composed("nc -z -v database 5432", "database", "5432"), ephemeral=True),
        ),
        a_database,
        doors,
        [0, 1],
    ),
    Task(
        "route traffic through a proxy",
        f"Send the outgoing traffic of crawler through the proxy {PROXY} from now on.",
        (
            call("hoody_search", query="outgoing traffic of crawler through the proxy"),
            call("hoody_describe", name="network_update"),
            through("hoody_destroy", "network_update", container_id="crawler", type="socks5", proxy=PROXY),
            through("hoody_destroy", "network_update", container_id="crawler", type="socks5", proxy=PROXY, confirm=out(2, "confirm")),
            call("hoody_describe", name="network_start"),
            through("hoody_destroy", "network_start", container_id="crawler"),
            through("hoody_destroy", "network_start", container_id="crawler", confirm=out(5, "confirm")),
        ),
        a_crawler,
        way_out,
        (PROXY, True),
    ),
    Task(
        "buy capacity",
        "Rent the cheapest server for 30 days; it may cost 9 dollars at most.",
        (
            call("hoody_search", query="Rent the cheapest server"),
            through("hoody_read", "servers_browse"),
            call("hoody_describe", name="servers_rent"),
            through(
                "hoody_destroy",
                "servers_rent",
                server_id=out(1, "items.0.id"),
                rental_days=30,
                max_charge_cents=out(1, "items.0.pricing.price_tiers.30.total_first_payment"),
            ),
            through(
                "hoody_destroy",
                "servers_rent",
                server_id=out(1, "items.0.id"),
                rental_days=30,
                max_charge_cents=out(1, "items.0.pricing.price_tiers.30.total_first_payment"),
                confirm=out(3, "confirm"),
            ),
        ),
        nothing,
        rented,
        ([(seed.USER, 900)], 4_100),
    ),
    Task(
        "unpublish a site",
        "Turn off the proxy alias acme-shop for now, but keep the name for us.",
        (
            call("hoody_search", query="Turn off the proxy alias"),
            call("hoody_describe", name="proxy_aliases_set_state"),
            through("hoody_write", "proxy_aliases_set_state", alias_id="acme-shop", enabled=False),
        ),
        a_site,
        site_is_on,
        [False],
    ),
    Task(
        "a site that does not answer",
        "Our site acme-shop does not answer any more. Find out why, and repair it.",
        (
            call("proxy_aliases_list"),
            call("containers_get", container_id=out(0, "items.0.container_id")),
            call("firewall_list", container_id=out(0, "items.0.container_id")),
            call("hoody_search", toolset="firewall"),
            call("hoody_describe", name="firewall_ingress_delete"),
            through(
                "hoody_destroy",
                "firewall_ingress_delete",
                container_id=out(0, "items.0.container_id"),
                action="drop",
                protocol="tcp",
                destination_port=out(2, "result.ingress.1.destination_port"),
            ),
            through(
                "hoody_destroy",
                "firewall_ingress_delete",
                container_id=out(0, "items.0.container_id"),
                action="drop",
                protocol="tcp",
                destination_port=out(2, "result.ingress.1.destination_port"),
                confirm=out(5, "confirm"),
            ),
        ),
        a_site_shut_off,
        rules_of_web,
        [("allow", "22")],
    ),
    Task(
        "clean up a project",
        "Delete project old-shop with everything in it.",
        (
            call("hoody_search", query="Delete project"),
            call("hoody_describe", name="projects_delete"),
            through("hoody_destroy", "projects_delete", project_id="old-shop"),
            through("hoody_destroy", "projects_delete", project_id="old-shop", confirm=out(2, "confirm")),
        ),
        an_old_project,
        what_is_left,
        (["default", SHOP], 0, 0),
    ),
    Task(
        "rename a project, see who has access",
        "Rename project lab to research, and tell me who else has access to it.",
        (
            call("hoody_search", query="Rename project"),
            call("hoody_describe", name="projects_update"),
            through("hoody_write", "projects_update", project_id=LAB, alias="research"),
            call("hoody_search", query="who else has access"),
            call("hoody_describe", name="projects_permissions_list"),
            through("hoody_read", "projects_permissions_list", project_id="research"),
        ),
        a_shared_project,
        access,
        (True, [(seed.STRANGER, "read")]),
    ),
)
