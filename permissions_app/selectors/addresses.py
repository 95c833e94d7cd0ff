"""How a device is reached, as far as people may see it: never a whole token."""

from dataclasses import dataclass
from datetime import UTC, datetime

from permissions_app.domain.addresses import masked
from permissions_app.models import DeviceAddress
from permissions_app.selectors.devices import FoundDevice, found_device

KINDS = {"apns": "APNs", "fcm": "FCM", "web": "web push"}


@dataclass(frozen=True, slots=True)
class Reached:
    """The team's own id of the person, and the end of the push token; '' for none. Times: when it was last told."""

    external_id: str
    named_at: datetime | None
    token: str
    kind: str
    token_at: datetime | None


def reached(*, device_id: int) -> Reached | None:
    """How a device is reached; None where it tells neither."""
    row = DeviceAddress.objects.filter(device_id=device_id).first()
    if row is None or not (row.external_id or row.push_token):
        return None
    return Reached(
        external_id=row.external_id,
        named_at=_time(row.external_id_at),
        token=masked(row.push_token),
        kind=KINDS.get(row.token_kind, row.token_kind),
        token_at=_time(row.token_at),
    )


def devices_of(*, app_id: int, external_id: str, limit: int = 20) -> tuple[FoundDevice, ...]:
    """The devices of one person, by the team's own id."""
    if not external_id:
        return ()
    rows = DeviceAddress.objects.filter(app_id=app_id, external_id=external_id)
    told = rows.order_by("device_id").values_list("device_id", "device__key", "device__facts")
    return tuple(found_device(*row) for row in told[:limit])


def _time(at: int) -> datetime | None:
    return None if at < 0 else datetime.fromtimestamp(at / 1000, UTC)
