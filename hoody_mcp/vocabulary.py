"""What people say, and what the catalogue says for it: the tables that `search` understands queries by."""

from __future__ import annotations

# What the catalogue says, and after the colon what people say for it: words and phrases in any inflection.
MEANINGS = """
What is done.

create: make, new, add, spin up, launch, set up, provision, deploy, open, generate, register, build, fresh, bring up, stand up, start a new
delete: remove, destroy, tear down, nuke, get rid of, rid of, wipe, drop, erase, throw away, throw out, trash, clean up, purge, discard,
    make room, free up, terminate, rm, unlink, disappear, must go, has to go, can go, no longer need, never need, useless, revoke, forget,
    take away, kick, kick out, scrap, dispose, clear, take down, for good, stop sharing, unset, unpublish, leak, close, cut off, dismiss
update: change, edit, configure, switch to, modify, alter, adjust, tweak, reconfigure, replace, switch, correct, rename, relabel, call it,
    name it, promote, demote, upgrade role, downgrade, retarget, redirect, raise, lower, set, customize, colour, lead to, point to, other
    settings, rotate
get: show, see, view, look, look at, read, details, info, information, inspect, check, describe, tell me, print, open, status, what is in
list: which, all, every, show all, see all, enumerate, what are, how many, overview, all of, do we have, do i have, already have, any of,
    inventory, ls, everything that
restore: roll back, rollback, revert, undo, go back, back to, put back, get back, bring back, recover, rewind, earlier version, turn back,
    earlier state, how it was, the way it was, as it was, previous state, reset to, ruin, mess up, messed up
rollback: roll back, revert, undo, put back, rewind
reset: start over, factory, from scratch, clear all, back to default
copy: clone, duplicate, twin, replica, replicate, fork, cp, second one like
move: mv, relocate, rename, transfer, shift, migrate, elsewhere
rename: another name, different name, new name, call it, name it, relabel, retitle, mv
enable: turn on, switch on, activate, start using, put into force, bring into force, apply, in effect, take effect, engage, back on
disable: turn off, switch off, deactivate, suspend, for now, for a while, for a bit, for the moment, for an hour, over the weekend, until
    then, temporarily, pause, mute, keep its settings, keep the settings, without deleting, bypass, take out, not run
toggle: turn on, turn off, switch on, switch off, enable, disable, suspend, flip, for a bit, for now, for a while
stop: halt, shut down, shutdown, power off, power down, turn off, switch off, bring down, sleep, pause, quit, end
start: boot, power on, power up, turn on, switch on, wake, wake up, bring up, launch, begin
restart: reboot, bounce, power cycle, fresh boot, reload, start again
search: find, look for, look up, lookup, locate, where is, where are, hunt, seek, filter, browse, anything called
browse: search, look around, compare prices, what can i rent, available
wait: until, hold on, go on before, not go on, proceed, settle, appear, finish, expect, block until, as soon as
execute: run, launch, invoke, script, install, apt, apt get, pip, npm, compile, carry out, command line
abort: cancel, call off, interrupt, ctrl c, kill, stuck, hang, give up, never finish, break off, runaway, stop the command
cancel: abort, call off, never finish, give up, stop waiting
extend: renew, prolong, lengthen, more time, more weeks, more days, longer, another month, another week, run out, keep for, expire
rent: lease, hire, get a server, order a server, buy a server
purchase: buy, pay, order, acquire
reserve: preorder, pre order, order, book, can wait
import: bring in, load, get it into
install: add package, dependency, library, module, usable
accept: take up, agree, offered, confirm, say yes, approve
reject: refuse, decline, not want, unwanted, turn down
append: add to the end, at the end, at the bottom, to the end, to the bottom, tack on, more line, add a line, another line, add line
write: save, store, content, put a file, upload, type, type in, answer, reply, respond, enter, change what is in
put: upload, save, send file, push file, get a file onto
extract: unpack, unzip, untar, decompress, unarchive, inflate, archive, tarball, zip, tar, tgz
download: fetch, wget, curl, pull, grab, web link, off the internet
expose: publish, reachable, public, go live, reach from the internet
publish: expose, go live, make public, reachable
validate: check, verify, lint, is valid
compare: differ, difference, diff
test: still work, alive, reach, check connection
connect: link up, attach, plug in
sync: refresh, synchronize, mirror, catch up, from the original, from its source, from the source
redeem: use code, invite code, voucher, promo code, coupon
kill: end, terminate, cut
retry: try again, did not work, promised

Containers, projects and what is around them.

container: vm, virtual machine, box, droplet, instance, machine, vps, ec2, sandbox, guest, linux, ubuntu, debian, computer
project: workspace, folder, client, customer, group, namespace
snapshot: backup, back up, checkpoint, save point, savepoint, restore point, saved state, way back, safety net, goes wrong, go wrong, in
    case, point in time, before i, before we, risky
image: template, distro, os, operating system, distribution, appliance, ready made, system, marketplace
catalogue: catalog, marketplace, gallery
env: environment, variable, env var, dotenv, environment variable, config var
variable: env var, env, environment, config var
authorize: prove, proof, identity, claim, vouch, signed
power: shut down, turn off, turn on, boot, reboot, restart, sleep, wake, pause, resume, hung
kvm: nested virtualization, hypervisor, qemu, vms inside, virtualization, vm inside, emulator
stats: load, usage, hog, chew, eat, eat up, consume, ram, memory, cpu, busy, overloaded, slow, metrics, performance, utilization, disk
    space, measure, monitor, resource, bandwidth, heavy, statistics, space used, how full
measure: load, usage, how much ram, how much memory, overloaded, busy, metrics, hog, monitor, utilization, chew, eat, consume, slow
resources: ram, memory, cpu, disk, disk full, disk space, space left, uptime, load, swap, how full
status: state, up, ready, is it up, alive, health, down, progress, how far, did it, come through
history: past, previous, recent, earlier, lately, when did, log, audit, what happened, timeline, changes, who did
limit: more than, at most, maximum, quota, cap, no more than
default: preset, standard
autostart: start by itself, after boot, on boot, start automatically
ssh: login key, public key, log in by key

Who may do what.

token: api key, access key, credential, key, api token, pat, secret key, deploy key, service account
auth: api key, access key, credential, authentication, api token, login token
templates: preset, role, boilerplate, starting point
permissions: access, who can, who may, who has access, who else, rights, role, member, allowed, read only, view only, collaborator,
    colleague, teammate, grant, share with, let into, privilege, who can log in, who can get in, may only look
permission: access, rights, role, member, allowed, read only, view only, collaborator, colleague, teammate, grant, invite, kick, level
access: who can, who may, who else, get at, get in, log in, permission, rights, lock out, let in, let into, who can log in, who can get in
collaborators: share page, co author, invite to page
user: colleague, teammate, collaborator, member, person, account, people
account: profile, whoami, who am i, email, my data
profile: account, whoami, who am i, my name, my email
current: in use, right now, who am i, whoami, am i using, this server, active, at the moment
security: sign in, signed in, log in, login, hacked, broke in, break in, intruder, suspicious, abroad, compromised, who logged in, stranger
password: passphrase, forgot password, login
realm: tenant, multi tenant, isolation
invite: invitation, code, promo, voucher, coupon
free: gratis, costs nothing, cost nothing, no cost, without paying, trial, for nothing
tier: plan, trial
tfa: 2fa, two factor, otp, authenticator, second factor, mfa, backup code
pool: team, group of people, shared servers

Network.

firewall: iptables, ufw, acl, rule, block, open port, close port, packet filter, security group, let through, port
ingress: inbound, incoming, from outside, reach us, connect to us, let in, into the container, open port, open a port, close port, accept,
    expose port, can connect, nobody can connect, get in
egress: outbound, outgoing, to the outside, leave, send mail, connect out, talk to the internet, out to, going out, call out
rule: block, allow, accept, deny, permit, let through, open port, must not, must not be able
network: vpn, socks, socks5, hop, exit node, proxy, outgoing proxy, offline, country, appear to come from, come from, traffic, internet
proxy: vpn, socks, socks5, hop, exit node, wireguard, route traffic, appear to come from
alias: subdomain, short url, short address, web address, vanity, public link, link, hostname, domain, custom domain, url, public url,
    address for, same address, nickname, label
aliases: subdomain, short url, short address, web address, public link, link, hostname, domain, custom domain, public url, same address
ip: public address, outside world, see me coming from, external address, my address, geolocation
ports: listen, already taken, in use, sitting on, sits on, netstat, open port, bound, occupied, address already in use, socket, port
tunnel: expose localhost, ngrok, laptop, local server, dev server, port forward, forward port, reverse proxy
hooks: webhook, callback, intercept, middleware
logs: visitor, visited, who visited, access log, hits, request log, error log, traffic log, visits

Machines for rent, money.

rental: rented machine, rented server, my server, bare metal, dedicated server, hardware, lease, contract, term
server: bare metal, hardware, dedicated, node, physical, machine to rent, bigger machine, core, gb ram
servers: bare metal, hardware, dedicated, in stock, machine to rent, bigger machine
offers: not in stock, nothing in stock, delivered later, can wait, out of stock, preorder
reservation: order, preorder, delivery, delivered, come through, arrive, pending order
runtime: rented machine, whole machine, as a whole, load of the host, rented server
wallet: money, balance, credit, funds, top up, topup, account balance, left to spend, money left
balance: money left, credit, funds, left to spend, how much money, how much is left
invoice: bill, receipt, billing
payment: card, credit card, stripe, pay, bitcoin, btc, crypto, paypal, top up
stripe: card, credit card, top up
crypto: bitcoin, btc, ethereum, coin

Files.

files: file, document, folder, path, disk
file: document, data set, dataset, log file, logfile, config file, config, source, script, path, crontab
directory: folder, dir, subfolder, tree, path
mkdir: make folder, new folder, create folder, make directory, create directory, make a directory, make a folder
touch: empty file, timestamp, mtime
chmod: executable, runnable, permission bits, file mode, make executable, not read, may not read, can't read, not readable, writable,
    permission denied
chown: ownership, belong to, owner, own by, www data, permission denied
grep: mention, contain, occurrence, in the source, in the code, text in files, which files, defined, where is defined, string in, which of
    my, regex, regular expression
glob: find file, wildcard, pattern, extension, by name, files named, all files, newest files, anything called
metadata: how big, size, exist, is there, last modified, when was it changed, last changed
symlink: symbolic link, real path, real thing, points to, point elsewhere, canonical, really is
version: earlier version, older version, previous version, used to be, looked like, look like, yesterday
journal: file changes, what changed, got changed, changed under, recently changed
lines: tail, head, first lines, last lines
backends: link up storage, s3, dropbox, google drive, google docs, onedrive, ftp, sftp, smb, windows share, network folder, nextcloud,
    webdav, remote drive, cloud storage, cloud drive, bucket, remote file
drive: google docs, google drive, cloud drive
smb: windows share, network folder, network drive
mounts: remote drive, attach drive, mounted drive, unmount
storage: shared folder, nfs, volume, shared directory, share folder, share a folder, share directory, sharing
shares: shared folder, nfs, volume, mount, shared directory, share folder, share a folder, unshare, stop sharing, sharing
incoming: receive, from others, offered to us, offer us, another team, somebody else's, shared with us, shared with me
mount: attach, unmount, see it in
preview: only look, just look, without unpacking, peek

What runs.

terminal: shell, console, bash, zsh, tty, pty, command line, prompt, screen, tmux
session: shell, console, window of the shell, ssh
screen: what does it show, displayed, shown, menu
screenshot: picture, pic, photo, image of, capture, png
output: printed, print, stdout, stderr, scrollback, logged, has printed
result: exit code, succeed, did it work, outcome, finished, what did it print, return value, response, answer body, response body
press: hit, key, keyboard, arrow key, ctrl, escape, shortcut, menu, tab key, answer, keystroke
paste: clipboard, insert text, multi line
keys: keyboard, key names, shortcuts
mouse: click, scroll, drag, wheel
processes: process, program, pid, task, ps, top, htop, hog, task manager, what is running, running program, kill, batch job, memory hog
signal: kill, sigkill, sigterm, sighup, end the program, hung, terminate, unresponsive
freeze: pause, suspend, sigstop, hold, go on afterwards, put on hold, continue later
unfreeze: resume, continue, thaw, sigcont, go on, frozen, unpause
reboot: restart, fresh boot, power cycle, new kernel, kernel update
daemon: background service, service, supervise, supervisor, keep alive, autorestart, auto restart, systemd, long lived, long running,
    survive, crash, always running
cron: schedule, nightly, hourly, daily, weekly, every night, every hour, every day, every morning, crontab, recurring, periodic, at night,
    scheduled job, timer, cron job, nightly job
entries: cron job, nightly job, scheduled job
exec: handler, endpoint, serverless, function, lambda, small api, api route, script
run: app, application, start app, launch app
watch: watcher, file watcher, notify on change, notice when, file events, whenever a file
code: vs code, vscode, editor, extension, ide
curl: http request, webhook, ping url, call url, async request, ping
schedules: hourly, nightly, daily, every hour, every night, recurring, timer
display: desktop, gui, window, x11, vnc, mouse
browser: chrome, chromium, web page, tab, cookie, headless, page load, javascript error, viewport, firefox, website
console: javascript error, js error, browser error
viewport: phone size, screen size, window size, mobile
sqlite: database, db, sql, statement, table, query
kv: key value, kvstore, key value store, key value table
agent: assistant, ai, llm, chat, copilot, prompt, bot, claude, gpt, conversation, model call
transcript: conversation, chat log, what was said
todos: todo, chore, task list, reminder, to do
snooze: push off, postpone, put off, later date
notes: notebook, page, wiki, document, note
reactions: emoji, thumbs up, like button
notifications: toast, alert, popup, pop up, bell
vault: secret, secret store, safe, password store, secrets manager
events: activity, audit trail

Hoody itself.

public: for all the world, everybody, internet, world
social: follower, star, community, discord, twitter, telegram, github, subscriber, popularity
rate: review, star, vote, score, feedback, thumbs up
rating: review, star, what others think, score
icon: logo, picture
onboarding: introduction, tutorial, first steps, welcome, tour, walkthrough
setup: set up, signed up, sign up, promised
"""

SHAPES = (  # how a query begins or what a value looks like, and what it tells
    (r"^(?=\W*(?:what|which|who|how|is|are|did|does|when|where)\b)", "list get"),
    (r"^\W*my\b", "list"),
    (r"^(?!.*ing\b)(?=\W*(?:\w+\W+){0,2}\w+[a-rt-z]s\W*$)", "list"),
    (r"\b(?:don'?t|do not|without|not) (?:delet|remov|los)\w*", "disable"),
    (r"https?://\S+", "url download"),
    (r"(?<!\S)[^\s@]+@[^\s@]+", "user"),
    (r"(?<!\S)\S*\*\S*", "glob pattern"),
    (r"(?<![\w-])[\w-]+\.(?:tar\.\w+|tgz|zip|7z|gz|xz|bz2)\b", "archive extract"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?\b", "address"),
    (r"(?<!\w)~?/[\w.~-][\w./~-]*", "path file directory"),
    (r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", "variable"),
    (r"\b(?=\w*\d)[0-9a-f]{4,}(?:-[0-9a-f]{4,})*\b", ""),
    (r"(?<![\w-])[\w-]+\.\w{1,4}\b(?=[\s,:;?!)'\"]|$)", "file"),
)

# Words that say nothing about what is wanted.
STOP_WORDS = """
a about after again ago ahead along also although always am an and any anyone anything are around as ask asks at away back be because
been before being both but by can cannot could d did didn do does doesn doing don done down each either else ever everyone few for
friday from further gave gimme give given go goes going gone had has have having he hello her here hers hi him his how i if in into is
isn it its itself just kind last let lets like ll longer lot m made may maybe me might mine monday more morning most much must my need
needed needs never next night no nobody none noon nor not now of off on once one only onto or other others our ours out over own please
put rather re really right s same saturday she should since so some somebody someone something somewhere still stuff such sunday sure t
than thanks that the their theirs them then there these they thing things this those though through thursday to today tomorrow too try
tuesday under until up us ve very want wanted wants was way we wednesday week well were what when where whether which while who whole
whom whose why will with within without won would yes yesterday yet you your yours
"""

# Words that are said for many things: what they stand for counts more than they do.
VAGUE_WORDS = """
add all app bring call check every find key keys keep let look make mean name new old open ready run see show take tell turn use using
word work
"""

# Words that can stand away from their verb: "turn the old rule off".
PARTICLES = "up down off on out away back"
