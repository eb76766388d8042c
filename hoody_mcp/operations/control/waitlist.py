"""Waitlist: people who asked for access to Hoody before they have an account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, Operation, Risk

Email = Annotated[
    str,
    Field(max_length=255, pattern=r"^[^\s@]+@[^\s@]+\.[^\s@]+$", description="Their address, of the form name@host.domain."),
]
Interest = Literal["dev", "ai", "saas", "security", "creative", "productivity", "it", "other", ""]  # "": no answer
Setting = Literal["individual", "startup", "medium", "enterprise", "academic", ""]
Industry = Literal[
    "softdev",
    "saas",
    "paas",
    "cloud",
    "ai-ml",
    "datasci",
    "cyber",
    "devops",
    "gamedev",
    "ecom",
    "fintech",
    "healthtech",
    "edtech",
    "agritech",
    "marketing",
    "consulting",
    "telecom",
    "iot",
    "blockchain",
    "arvr",
    "robotics",
    "research",
    "freelance",
    "techstartup",
    "enterprise-sw",
    "opensource",
    "other-tech",
    "other-nontech",
    "",
]
Role = Literal[
    "lead",
    "manager",
    "director",
    "exec",
    "founder",
    "engineer",
    "devops",
    "ml",
    "security",
    "consultant",
    "student",
    "researcher",
    "other",
    "",
]


class WaitlistJoin(
    Operation,
    route="POST /api/v1/waitlist",
    risk=Risk.WRITE,
    idempotent=True,
    open_world=True,
    keywords="add to waiting list sign up early access queue invite interest newcomer friend email",
):
    """Put someone without an account on Hoody's waiting list; they get an email. Of no use to your own account."""

    email: Body[Email]


class WaitlistUpdate(
    Operation,
    route="PATCH /api/v1/waitlist",
    risk=Risk.WRITE,
    idempotent=True,
    rare=("industry", "role"),
    keywords="sign-up early access waiting queue survey answers use case profile personalize",
):
    """Add what someone on the waiting list does and wants. Not on it yet: 404, then waitlist_join."""

    email: Body[Email]
    interest: Body[Interest | MISSING] = Field(default=MISSING, description="What they want it for.")
    context: Body[Setting | MISSING] = Field(default=MISSING, description="Where they work.")
    industry: Body[Industry | MISSING] = Field(default=MISSING, description="Their field.")
    role: Body[Role | MISSING] = Field(default=MISSING, description="Their job.")
