"""Tables of what is true: tenants, devices, events, numbers."""

from permissions_app.models.accounts import Membership, Role, User, Workspace
from permissions_app.models.addresses import DeviceAddress
from permissions_app.models.apps import Actor, ApiKey, App
from permissions_app.models.audit import AuditEntry
from permissions_app.models.devices import (
    ChangeNote,
    CountedDevice,
    Device,
    ErasedDevice,
    FoldQueue,
)
from permissions_app.models.events import Event, EventKey
from permissions_app.models.facets import DeviceFacet
from permissions_app.models.moments import SeenEvent, SeenSample, ValueMoment
from permissions_app.models.replays import KeptAnswer
from permissions_app.models.rollups import QuarantinedDevice, Rollup, RollupAlarm
from permissions_app.models.signing import SigningKey
from permissions_app.models.untaken import UntakenEntry

__all__ = [
    "Actor",
    "ApiKey",
    "App",
    "AuditEntry",
    "ChangeNote",
    "CountedDevice",
    "Device",
    "DeviceAddress",
    "DeviceFacet",
    "ErasedDevice",
    "Event",
    "EventKey",
    "FoldQueue",
    "KeptAnswer",
    "Membership",
    "QuarantinedDevice",
    "Role",
    "Rollup",
    "RollupAlarm",
    "SeenEvent",
    "SeenSample",
    "SigningKey",
    "UntakenEntry",
    "User",
    "ValueMoment",
    "Workspace",
]
