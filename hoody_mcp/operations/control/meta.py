"""Public facts about Hoody itself."""

from __future__ import annotations

from ...operation import Operation, Risk


class MetaPublicKey(
    Operation,
    route="GET /api/v1/meta/public-key",
    risk=Risk.READ,
    keywords="verify signature X-Hoody-Signature kid signing authenticity",
):
    """Show the Ed25519 public keys that Hoody signs its answers and claims with, and what exactly a signature covers."""


class MetaSocialStats(
    Operation,
    route="GET /api/v1/meta/social-stats",
    risk=Risk.READ,
    keywords="followers community popularity Twitter",
):
    """Count Hoody's GitHub stars and its Telegram, Discord, X and LinkedIn audience, some minutes old."""
