"""All tasks, in the order of the table."""

from __future__ import annotations

from .account_tasks import ACCOUNT
from .machine_tasks import MACHINES

TASKS = (*MACHINES, *ACCOUNT)
