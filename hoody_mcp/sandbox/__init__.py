"""A stateful stand-in for Hoody, for first steps and for tests: no account, no network, nothing real.

It speaks Hoody's HTTP: envelopes, ids, pages, errors, states that take time, tokens and realms. It is strict where Hoody
is, and answers 501 for what it does not know. Nothing outside this folder depends on how it works.
"""
