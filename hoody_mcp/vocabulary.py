"""What people say, and what the catalogue says for it.

A query becomes ideas: each is a word or phrase of the query with the words of the catalogue that may be meant by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

Idea = dict[str, float]  # terms that may be meant by one part of a query, each with its weight

SAID, PHRASE, MEANT, VAGUE, SHAPED = 1.0, 1.0, 0.6, 0.3, 0.5  # weights: words of the query, what they stand for, vague ones, what a value's shape tells
APART = 5  # words that may stand between a verb and its particle


def words(text: str) -> list[str]:
    """Give the words of a text in lower case, split at everything else, `_` among it; plain numbers are none."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if not word.isdecimal()]


# What says nothing about what is wanted.
STOP_WORDS = frozenset(
    words(
        """
        a about after again also am an and any anyone anything are around as ask asks at away back be because been before being both but
        by can cannot could d did didn do does doesn doing don done down each either else ever every everyone few for from further gave
        gimme give given go goes going gone had has have having he hello her here hers hi him his how i if in into is isn it its itself
        just kind let lets like ll longer lot m made may maybe me might mine more most much must my need needed needs never no nobody
        none nor not now of off on once one only onto or other others our ours out over own please put rather re really right s same she
        should since so some somebody someone something somewhere still stuff such sure t than thanks that the their theirs them then
        there these they thing things this those though through to today tomorrow too try under until up us ve very want wanted wants
        was way we well were what when where whether which while who whole whom whose why will with within without won would yes
        yesterday yet you your yours
        """
    )
)

# Words that are said for many things: what they stand for counts more than they do.
VAGUE_WORDS = frozenset(
    words(
        """
        add app bring call check find keep key keys let look make mean name new old open put ready run see set show take tell turn use
        using word work
        """
    )
)

PARTICLES = frozenset(words("up down off on out away back"))

# What the catalogue says: what people say for it, each a word or a phrase, in any inflection.
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        # what is done
        "create": "make, new, add, spin up, launch, set up, provision, deploy, open, generate, register, build, fresh, bring up, stand up",
        "delete": (
            "remove, destroy, tear down, nuke, get rid of, rid of, wipe, drop, erase, throw away, throw out, trash, clean up, purge, discard,"
            " make room, free up, terminate, rm, unlink, disappear, must go, has to go, can go, no longer need, never need, useless, revoke,"
            " forget, take away, kick, kick out, scrap, dispose, clear, take down, unpublish, leaked, for good, stop sharing, unset"
        ),
        "update": (
            "change, edit, modify, rename, alter, adjust, tweak, reconfigure, replace, switch, correct, relabel, call it, demote, promote,"
            " retarget, redirect, raise, lower, set, customize, colour"
        ),
        "get": "show, see, view, look, look at, read, details, info, information, inspect, check, describe, status, tell me, print, open",
        "list": (
            "which, show all, see all, enumerate, what are, how many, overview, all of, do we have, do i have, already have, any of,"
            " everything, inventory, ls"
        ),
        "restore": (
            "roll back, rollback, revert, undo, go back, back to, put back, get back, bring back, recover, rewind, earlier version, earlier state,"
            " how it was, the way it was, as it was, previous state, turn back, reset to"
        ),
        "copy": "clone, duplicate, twin, replica, replicate, fork, cp, same again, second one like",
        "move": "mv, relocate, rename, transfer, shift, migrate, elsewhere",
        "rename": "another name, different name, new name, call it, name it, relabel, speaking name, retitle",
        "enable": "turn on, switch on, activate, allow, start using, put into force, bring into force, apply, in effect, take effect, engage",
        "disable": (
            "turn off, switch off, deactivate, suspend, for now, for a while, for a bit, for the moment, temporarily, pause, mute, not be lost,"
            " not lost, keep its settings, keep the settings, without deleting, take out of, bypass"
        ),
        "stop": "halt, shut down, shutdown, power off, turn off, switch off, bring down, sleep, pause, quit, end, suspend",
        "start": "boot, power on, turn on, switch on, wake, wake up, bring up, launch, begin, resume",
        "restart": "reboot, bounce, power cycle, fresh boot, reload, start again",
        "search": "anything called, find, look for, look up, lookup, locate, where is, where are, hunt, seek, filter, browse",
        "wait": "until, hold on, go on before, not go on, proceed, when it is ready, settle, appear, finish, expect, block until",
        "execute": "run, launch, invoke, shell command, command, script, install, apt, apt get, pip, npm, carry out",
        "abort": "cancel, call off, interrupt, ctrl c, kill, stuck, hang, give up, never finish, break off, runaway",
        "extend": "renew, prolong, lengthen, more time, more weeks, more days, longer, another month, another week, run out, keep for",
        "rent": "lease, hire, get a server, order a server, buy a server, pay for",
        "purchase": "buy, pay, order, acquire, spend",
        "reserve": "preorder, pre order, order, book, can wait",
        "accept": "take up, agree, receive, offered",
        "refuse": "reject, decline, do not want, unwanted, turn down",
        "append": "add to the end, at the end, at the bottom, to the end, to the bottom, tack on, one more line, add a line, another line, extend",
        "write": "save, store, content, put a file, upload, type, type in, answer, reply, respond, enter",
        "overwrite": "replace, clobber",
        "extract": "unpack, unzip, untar, decompress, unarchive, inflate, archive, tarball, zip, tar, tgz",
        "download": "fetch, wget, curl, pull, grab, land, url",
        "toggle": "turn on, turn off, switch on, switch off, enable, disable, suspend, flip, for a bit, for now, for a while",
        "expose": "publish, reachable, public, go live, share with the world",
        "publish": "expose, go live, make public, reachable",
        "rotate": "swap, renew key, exchange, fresh one, replace key",
        "validate": "check, verify, lint, is valid",
        "redeem": "use code, invite code, voucher, promo code, coupon, invitation",
        "mark": "tick, flag, note, check off",
        "sync": "refresh, synchronize, mirror, catch up, from the original, from its source, from the source",
        # containers and what is around them
        "container": (
            "vm, virtual machine, box, droplet, instance, machine, vps, ec2, sandbox, guest, linux, ubuntu, debian, computer, computer in the cloud"
        ),
        "project": "workspace, folder, team, client, customer, group, namespace",
        "snapshot": (
            "backup, back up, checkpoint, save point, restore point, saved state, way back, safety net, before i, goes wrong, in case, quick save,"
            " point in time, risky, savepoint"
        ),
        "image": "template, distro, os, operating system, distribution, appliance, system, ready made, preset system, marketplace",
        "catalogue": "catalog, marketplace, store, shop, gallery",
        "env": "environment, variable, env var, dotenv, environment variable, settings from its environment, from its surroundings, config var",
        "variable": "env var, env vars, env, environment, setting",
        "authorize": "prove, proof, who i am, who calls, really me, identity, claim, vouch, signed",
        "kvm": "nested virtualization, hypervisor, qemu, vms inside, virtualization, vm in a vm",
        "stats": (
            "load, usage, use, hog, chew, eat, consume, ram, memory, cpu, busy, overloaded, slow, metrics, performance, utilization, disk space,"
            " measure, monitor, resource, bandwidth, heavy"
        ),
        "measure": "load, usage, how much ram, how much memory, overloaded, busy, metrics, hog, monitor, utilization, chew, eat, consume",
        "resources": "ram, memory, cpu, disk, disk full, disk space, uptime, load, swap",
        "status": "state, up, ready, is it up, running, alive, health, down, progress, how far, did it",
        "history": "past, previous, recent, earlier, lately, when did, log, audit, what happened, timeline, went down, changes",
        "default": "preset, standard",
        "background": "async, long running",
        "ssh": "login key, public key, log in by key",
        # access
        "token": "api key, access key, credential, key, api token, pat, bot key, secret key, deploy key, service account",
        "auth": "api key, access key, credential, authentication, api token, login token",
        "templates": "preset, preset rights, role, boilerplate",
        "permissions": (
            "access, who can, who may, who has access, who else, rights, role, member, allowed, read only, view only, look but not, collaborator,"
            " colleague, teammate, grant, share with, privilege, who can log in, say on"
        ),
        "permission": "access, rights, role, member, allowed, read only, view only, collaborator, colleague, teammate, grant, invite, kick, level",
        "access": "who can, who may, who else, get at, get in, reach, log in, permission, rights, lock out, let in, who can log in",
        "user": "colleague, teammate, collaborator, member, person, somebody, account, me, people",
        "account": "profile, me, my data, whoami, who am i, email",
        "profile": "account, whoami, who am i, my name, my email",
        "current": "in use, right now, who am i, whoami, am i using, this server, active, at the moment",
        "security": "sign in, signed in, log in, login, hacked, broke in, break in, intruder, suspicious, abroad, compromised, who logged in, stranger",
        "password": "passphrase, login, log in",
        "realm": "tenant, multi tenant, isolation, namespace",
        "invite": "invitation, code, promo, voucher",
        "free": "gratis, costs nothing, cost nothing, no cost, without paying, trial, for nothing",
        "tier": "plan, trial",
        "tfa": "2fa, two factor, otp, authenticator, second factor, mfa, backup code",
        # network
        "firewall": "iptables, ufw, acl, rule, block, allow, open port, close port, packet filter, security group, let through, drop traffic",
        "ingress": (
            "inbound, incoming, from outside, reach us, connect to us, get in, let in, into the container, open port, open a port, close port,"
            " accepts, expose port, can connect, reach"
        ),
        "egress": "outbound, outgoing, to the outside, leaving, leave, phone home, send mail, connect out, talk to the internet, out to, going out",
        "rule": "block, allow, accept, deny, reject, permit, drop, let through, open port",
        "network": "vpn, socks, socks5, hop, exit node, proxy, outgoing proxy, traffic, offline, country, appear to come from, come from, internet",
        "proxy": "vpn, socks, socks5, hop, exit node, wireguard, route traffic, appear to come from",
        "alias": (
            "subdomain, short url, short address, web address, pretty address, vanity, public link, link, hostname, domain, custom domain, public url,"
            " address for, permalink, nickname, label, url"
        ),
        "aliases": "subdomain, short url, short address, web address, public link, link, hostname, domain, custom domain, public url",
        "ip": "public address, outside world, see me coming from, external address, my address, geolocation",
        "ports": "listen, listens, listening, already taken, in use, sitting on, netstat, bound, occupied, address already in use, socket, port",
        "tunnel": "expose localhost, ngrok, laptop, local server, dev server, port forward, forward port, reverse proxy",
        "hooks": "webhook, callback, intercept, middleware",
        # machines for rent, money
        "rental": "rented machine, rented server, my server, bare metal, dedicated server, hardware, lease, contract, term",
        "server": "bare metal, hardware, dedicated, node, physical, host, machine to rent, core, metal, bigger machine, gb ram",
        "servers": "bare metal, hardware, dedicated, in stock, machine to rent, bigger machine",
        "offers": "not in stock, delivered later, can wait, out of stock, preorder, nothing in stock",
        "reservation": "order, preorder, delivery, delivered, come through, arrive, pending order",
        "runtime": "rented machine, whole machine, as a whole, host load",
        "wallet": "money, balance, credit, funds, top up, topup, budget, account balance, left to spend, money left",
        "balance": "money left, credit, funds, left to spend, how much money",
        "invoice": "bill, receipt, billing",
        "payment": "card, credit card, stripe, pay, bitcoin, btc, crypto, paypal, top up",
        "crypto": "bitcoin, btc, ethereum, coin",
        "pool": "team, group of people, shared servers",
        # files
        "files": "file, document, folder, path, disk",
        "file": "document, data set, dataset, log file, logfile, config file, config, source, script, path",
        "directory": "folder, dir, subfolder, tree, path, build folder",
        "mkdir": "make folder, new folder, create folder, make directory, create directory",
        "touch": "empty file, timestamp, mtime",
        "chmod": "executable, runnable, permission bits, file mode, make executable, may not read, not readable, writable, permission denied",
        "chown": "ownership, belong to, belongs to, owner, own by, owned by, root instead of, www data, permission denied",
        "grep": "mention, contain, contains, occurrence, in the source, in the code, text in files, which files, defined, which of my sources, string in",
        "glob": "find file, wildcard, pattern, extension, by name, files named, all files, newest files",
        "metadata": "how big, size, exist, exists, is there, last modified, when was it changed, metadata",
        "realpath": "symlink, symbolic link, real path, real thing, points to, point elsewhere, canonical, really is",
        "revision": "earlier version, older version, previous version, yesterday, looked like, look like, version",
        "journal": "file changes, what changed, got changed, changed under, recently changed",
        "lines": "tail, head, first lines, last lines",
        "backends": (
            "s3, dropbox, google drive, google docs, onedrive, ftp, sftp, smb, windows share, network folder, nextcloud, webdav, remote drive,"
            " cloud storage, cloud drive, bucket, remote file, hook up"
        ),
        "mounts": "remote drive, attach drive, mounted drive, unmount",
        "storage": "shared folder, nfs, volume, shared directory, share folder, share a folder, share directory, dataset, offered directory",
        "shares": "shared folder, nfs, volume, mount, shared directory, share folder, share a folder, unshare, stop sharing, sharing",
        "incoming": "received, receive, from others, offered to us, offer us, another team, somebody else's, shared with us, shared with me",
        "mount": "attach, turn up, appear in, unmount, see in",
        # programs
        "terminal": "shell, console, bash, zsh, tty, pty, command line, prompt, screen, tmux, ssh session",
        "session": "shell, console, window of the shell, ssh",
        "sessions": "shells, consoles, conversations, chats",
        "screen": "look like now, what does it show, on the screen, displayed, shown, menu",
        "screenshot": "picture, pic, photo, image of, capture, png",
        "output": "printed, print, stdout, stderr, scrollback, logged, said, has printed",
        "result": "exit code, succeed, did it work, outcome, finished, what did it print, return value, response, answer body",
        "press": "hit, key, keyboard, arrow key, ctrl, escape, shortcut, menu, tab key, answer, keystroke, f10",
        "paste": "clipboard, insert text, multi line",
        "keys": "keyboard, key names, shortcuts",
        "mouse": "click, scroll, drag, wheel",
        "processes": (
            "process, program, pid, task, ps, top, htop, hog, task manager, what is running, running program, kill, batch job, job, daemon, memory hog"
        ),
        "signal": "kill, sigkill, sigterm, sighup, end the program, hung, terminate, unresponsive, kill off",
        "freeze": "pause, suspend, sigstop, hold, go on afterwards, put on hold, continue later",
        "unfreeze": "resume, continue, thaw, sigcont, go on, let go on, frozen, unpause",
        "reboot": "restart, fresh boot, power cycle, new kernel, kernel update",
        "daemon": (
            "background service, service, supervise, supervisor, keep alive, autorestart, auto restart, systemd, long lived, long running, survive,"
            " crash, always running"
        ),
        "cron": (
            "schedule, nightly, hourly, daily, weekly, every night, every hour, every day, every morning, crontab, recurring, periodic, at night,"
            " scheduled job, timer"
        ),
        "exec": "handler, endpoint, serverless, function, lambda, small api, http handler, api route, script",
        "run": "app, application, start app, launch app",
        "watch": "watcher, file watcher, notify on change, notice when, file events, whenever a file",
        "code": "vs code, vscode, editor, extension, ide",
        "curl": "http request, webhook, ping url, call url, async request, request, ping",
        "display": "desktop, gui, window, x11, vnc, screen, mouse",
        "browser": "chrome, chromium, web page, tab, cookie, headless, page load, javascript error, viewport, firefox, website",
        "console": "javascript error, js error, browser error",
        "sqlite": "database, db, sql, statement, table, query, orders db",
        "kv": "key value, kvstore, key value store, key value table",
        "agent": "assistant, ai, llm, chat, copilot, chore, prompt, bot, claude, gpt, conversation, model call",
        "todos": "todo, chore, task list, reminder, to do",
        "notes": "notebook, page, wiki, document, note",
        "collaborators": "a say on, share page, give a say",
        "notifications": "toast, alert, popup, pop up, bell",
        "vault": "secret, secret store, safe, password store, secrets manager, credential store",
        "events": "activity, audit trail",
        "logs": "visitor, visitors, visited, access log, hits, request log, error log",
        "public": "for all the world, everybody, anyone, internet, world",
        "social": "follower, followers, star, stars, community, discord, twitter, telegram, github, subscribers, popularity",
        "rate": "review, star, vote, score, feedback, thumbs up",
        "rating": "review, star, what others think, score",
        "icon": "logo, picture",
        "onboarding": "introduction, tutorial, first steps, welcome, tour, walkthrough",
        "setup": "set up, signed up, sign up, promised",
        "autostart": "start by itself, after boot, on boot, start automatically",
    }
)

SHAPES: tuple[tuple[str, str], ...] = (  # what a value looks like, and what it tells
    (r"^(?=\W*(?:what|which|who|how|is|are|did|does|when|where)\b)", "list get"),
    (r"^\W*my\b", "list"),
    (r"^(?=\W*(?:\w+\W+){0,2}\w+[a-rt-z]s\W*$)", "list"),
    (r"\b(?:don'?t|do not|without|not) (?:delet|remov|los)\w*", "disable"),
    (r"https?://\S+", "url"),
    (r"\S+@\S+\.\w+", "user"),
    (r"\S*[*?]\.?\w*\S*(?<![?])", "glob pattern"),
    (r"\b[\w-]+\.(?:tar\.\w+|tgz|zip|7z|gz|xz|bz2)\b", "archive extract"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?\b", "address"),
    (r"(?<!\w)~?/[\w.~-][\w./~-]*", "path file directory"),
    (r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", "variable"),
    (r"\b(?=\w*\d)[0-9a-f]{4,}(?:-[0-9a-f]{4,})*\b", ""),
    (r"\b[\w-]+\.(?:\w{1,4})\b(?=[\s,:;?!)'\"]|$)", "file"),
)

_SHAPES = tuple((re.compile(pattern), told) for pattern, told in SHAPES)


@cache
def stem(word: str) -> str:
    """Take the ending off a word: create, created and creating give the same."""
    bare = re.sub(r"(?<=\w{3})(?:ings?|ed|es|s|e)$", "", word)
    return re.sub(r"(\w)\1$", r"\1", re.sub("y$", "i", bare))


def without_values(query: str) -> tuple[str, list[str]]:
    """Take paths, addresses, ids and the like out of a query; give the rest, and words for what they were."""
    told: list[str] = []
    for shape, meant in _SHAPES:
        query, found = shape.subn(" ", query)
        told += [meant] if found and meant else []
    return query, told


def ideas(said: list[str], told: Iterable[str] = ()) -> list[Idea]:
    """Make a query's words into ideas, its phrases first and stop words left out; `told` are words for the values in it."""
    found: dict[str, Idea] = {}
    meant: set[str] = set()
    for phrase in _phrases(said):
        text = " ".join(phrase)
        meanings = dict.fromkeys((each for each in means(phrase) if each not in meant), MEANT if len(phrase) == 1 else PHRASE)
        meant.update(meanings)
        found.setdefault(text, meanings | {text: VAGUE if text in VAGUE_WORDS else SAID})
    return [*found.values(), *(dict.fromkeys(each.split(), SHAPED) for each in told)]


def _phrases(said: list[str]) -> Iterator[list[str]]:
    """Cut words into known phrases and single words: the longest phrase first, then a verb with its particle further on."""
    start = 0
    while start < len(said):
        size = next((size for size in range(_longest(), 1, -1) if means(said[start : start + size])), 1)
        split = _split_verb(said[start : start + 1 + APART]) if size == 1 else []
        if size > 1 or split or said[start] not in STOP_WORDS:
            yield split or said[start : start + size]
        start += size


def _split_verb(said: list[str]) -> list[str]:
    """Give verb and particle of "turn the old rule off", nothing if there are none."""
    verb, *after = said
    return next(([verb, particle] for particle in after if particle in PARTICLES and means([verb, particle])), [])


def means(phrase: Iterable[str]) -> list[str]:
    """Give the words of the catalogue that a phrase stands for."""
    return _sayings().get(_stems(phrase), [])


def _stems(phrase: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(stem, phrase))


@cache
def _sayings() -> Mapping[tuple[str, ...], list[str]]:
    """Turn the table round: the stems of what is said, with everything that may be meant."""
    sayings: dict[tuple[str, ...], list[str]] = {}
    for meant, said in MEANINGS.items():
        for phrase in said.split(", "):
            sayings.setdefault(_stems(words(phrase)), []).append(meant)
    return sayings


@cache
def _longest() -> int:
    return max(map(len, _sayings()))


@cache
def known_words() -> frozenset[str]:
    """Every word that means something here."""
    return frozenset(word for phrase in (*MEANINGS, *MEANINGS.values()) for word in words(phrase)) | STOP_WORDS
