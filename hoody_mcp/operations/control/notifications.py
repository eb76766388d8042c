"""Notifications: what Hoody tells its users about maintenance, news and state."""

from __future__ import annotations

from ...operation import NotificationId, Operation, Path, Risk

TOOLSET = "account_notifications"  # the container service has the plain name
COLUMNS = ("id", "type", "severity", "title", "message", "is_read", "created_at", "expires_at")


class AccountNotificationsList(
    Operation,
    route="GET /api/v1/notifications/",
    toolset=TOOLSET,
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    keywords="inbox bell unread messages news planned maintenance outage announcements from Hoody",
):
    """List what Hoody has announced to you: maintenance, news, disturbances.

    The popups on a container's desktop are another thing: toolset notifications.
    """


class AccountNotificationsListPublic(
    Operation,
    route="GET /api/v1/notifications/public",
    toolset=TOOLSET,
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    oneself=True,
    keywords="announcements maintenance outage status page is Hoody down news everyone",
):
    """List Hoody's announcements to everybody."""


class AccountNotificationsMarkRead(
    Operation,
    route="PUT /api/v1/notifications/{notification_id=id}/read",
    toolset=TOOLSET,
    risk=Risk.WRITE,
    idempotent=True,
    keywords="inbox message seen acknowledge dismiss",
):
    """Mark one of Hoody's announcements to you as read."""

    notification_id: Path[NotificationId]


class AccountNotificationsMarkAllRead(
    Operation,
    route="PUT /api/v1/notifications/read-all",
    toolset=TOOLSET,
    risk=Risk.WRITE,
    idempotent=True,
    keywords="inbox bell badge clear everything seen acknowledge unread count zero",
):
    """Mark all of Hoody's announcements to you as read."""
