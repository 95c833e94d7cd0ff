"""Finding a device, and reading its facts."""

from dataclasses import dataclass

import msgspec

from permissions_app.domain.device import DeviceFacts
from permissions_app.models import Device

_AFTER_ASCII = "\x7f"


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device and its facts."""

    id: int
    key: str
    facts: DeviceFacts


def find_devices(*, app_id: int, text: str, limit: int = 20) -> tuple[FoundDevice, ...]:
    """Devices whose key begins with `text`, an exact match first; without a text the first keys.

    Keys compare byte by byte, so the range below is answered by the unique index on (app, key).
    """
    rows = Device.objects.filter(app_id=app_id)
    if text:
        rows = rows.filter(key__gte=text, key__lt=text + _AFTER_ASCII)
    found = rows.order_by("key").values_list("id", "key", "facts")[:limit]
    return tuple(_found(*row) for row in found)


def get_device(*, app_id: int, key: str) -> FoundDevice | None:
    """One device by its exact key."""
    row = Device.objects.filter(app_id=app_id, key=key).values_list("id", "key", "facts").first()
    return _found(*row) if row else None


def _found(id_: int, key: str, facts: object) -> FoundDevice:
    return FoundDevice(id_, key, msgspec.convert(facts, DeviceFacts, str_keys=True))
