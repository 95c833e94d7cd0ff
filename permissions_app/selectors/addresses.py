"""How a device is reached, as far as people may see it: never a whole token."""

from dataclasses import dataclass
from datetime import UTC, datetime

from permissions_app.domain.addresses import NEVER, masked
from permissions_app.models import DeviceAddress
from permissions_app.selectors.devices import FoundDevice, found_device

KINDS = {"apns": "APNs", "fcm": "FCM", "web": "web push"}


@dataclass(frozen=True, slots=True)
class Reached:
    """The team's own id of the person, and the end of the push token; '' for none. Times: when it was last told, in
    ms since 1970 UTC.
    """

    external_id: str
    named_at: int | None
    token_end: str
    token_kind: str
    token_at: int | None

    @property
    def token_time(self) -> datetime | None:
        """When the token was told."""
        return None if self.token_at is None else datetime.fromtimestamp(self.token_at / 1000, UTC)

    @property
    def sender(self) -> str:
        """Who takes the token."""
        return KINDS.get(self.token_kind, "")


def reached(*, device_id: int) -> Reached | None:
    """How a device is reached; None where it tells neither."""
    row = DeviceAddress.objects.filter(device_id=device_id).first()
    if row is None or not (row.external_id or row.push_token):
        return None
    return Reached(
        external_id=row.external_id,
        named_at=row.external_id_at if row.external_id_at > NEVER else None,
        token_end=masked(row.push_token),
        token_kind=row.token_kind,
        token_at=row.token_at if row.token_at > NEVER else None,
    )


def devices_of(*, app_id: int, external_id: str, limit: int = 20) -> tuple[FoundDevice, ...]:
    """The devices of one person, by the team's own id."""
    if not external_id:
        return ()
    rows = DeviceAddress.objects.filter(app_id=app_id, external_id=external_id)
    told = rows.order_by("device_id").values_list("device_id", "device__key", "device__facts")
    return tuple(found_device(*row) for row in told[:limit])
