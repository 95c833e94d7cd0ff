"""The rules of an app as they travel to clients that decide on the device.

A client gets three things, all plain JSON: the ruleset as it was compiled, which moments an event reaches, and the
tables that decisions look things up in. The tables are those of the server, taken from where they are written, so
that a client has rules in its own language but no facts of its own. `static/js/oneask-rules.js` reads them.

The same input gives the same bytes, whatever the process: sets are sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import msgspec

from campaigns.domain.gates import GateArm, Gates
from campaigns.domain.reasons import CLOSENESS
from campaigns.domain.ruleset import (
    MAX_PER_30_DAYS,
    SPENT_CAUSES,
    Arm,
    Fatigue,
    Moment,
    RedirectRule,
    Ruleset,
    SoftAsk,
)
from campaigns.domain.segments import NOBODY, Chosen
from permissions_app.domain import device, platform_names, settings_paths
from permissions_app.domain.breakdowns import VALUE_LENGTH
from permissions_app.domain.facets import MOST
from permissions_app.domain.history import UNUSED_MS
from permissions_app.domain.moments import Condition
from permissions_app.domain.permission_facts import SEEN_WINDOW_MS, TAPPED_WINDOW_MS
from permissions_app.domain.platform_table import RULES
from permissions_app.domain.states import WEB_READINGS

NOBODY_DOCUMENT: Mapping[str, Any] = {"not": {"all": []}}
"""Instead of a segment that cannot be read: clients evaluate segments and do not check them."""
_FOR_PEOPLE = frozenset({"key", "label", "note", "grade"})
_DEFAULTS: Mapping[str, Any] = {
    "ruleset": Ruleset,
    "moment": Moment,
    "soft_ask": SoftAsk,
    "redirect": RedirectRule,
    "arm": Arm,
    "gates": Gates,
    "gate_arm": GateArm,
    "fatigue": Fatigue,
    "facts": device.DeviceFacts,
    "exposure": device.Exposure,
    "campaign_facts": device.CampaignFacts,
    "moment_facts": device.MomentFacts,
}


def portable_ruleset(ruleset: Ruleset) -> dict[str, Any]:
    """The ruleset as plain JSON, nothing left out, in the form of tests/cases/decisions.json."""
    plain: dict[str, Any] = _plain(ruleset)
    for kind in ("soft_asks", "redirects"):
        for moment, campaigns in getattr(ruleset, kind).items():
            for place, campaign in enumerate(campaigns):
                if campaign.segment is not None:
                    plain[kind][moment][place]["segment"] = _segment(campaign.segment)
    return plain


def portable_matching(
    by_event: Mapping[str, Sequence[tuple[str, Sequence[Condition]]]],
) -> dict[str, list[list[Any]]]:
    """Event name -> [moment key, its conditions] in the order in which they are tried; see selectors.catalogue."""
    return {
        event: [[key, [condition.as_json() for condition in told]] for key, told in moments]
        for event, moments in sorted(by_event.items())
    }


def portable_tables() -> dict[str, Any]:
    """Everything that decisions look up: defaults, limits, platforms, names of browsers, ways into Settings."""
    tables: dict[str, Any] = _plain(
        {
            "defaults": {name: _defaults(kind) for name, kind in _DEFAULTS.items()},
            "limits": _limits(),
            "closeness": CLOSENESS,
            "spent_causes": SPENT_CAUSES,
            "platforms": {key: _row(row) for key, row in RULES.items()},
            "names": _names(),
            "settings": _settings(),
            "web_readings": {
                value: {"status": reading.status, "cause": reading.cause}
                for value, reading in WEB_READINGS.items()
            },
        }
    )
    return tables


def _limits() -> dict[str, int]:
    return {
        "max_per_30_days": MAX_PER_30_DAYS,
        "exposures": device.EXPOSURES_KEPT,
        "moments": device.MOMENTS_KEPT,
        "campaigns": device.CAMPAIGNS_KEPT,
        "arms": device.ARMS_KEPT,
        "times": device.TIMES_KEPT,
        "number": MOST,
        "value": VALUE_LENGTH,
        "name": platform_names.LONGEST,
        "unused_ms": UNUSED_MS,
        "tapped_ms": TAPPED_WINDOW_MS,
        "seen_ms": SEEN_WINDOW_MS,
    }


def _names() -> dict[str, Any]:
    """How platforms, browsers and Android versions are spelled."""
    return {
        "platforms": platform_names.PLATFORMS,
        "browsers": platform_names.BROWSERS,
        "chromium": platform_names.CHROMIUM,
        "ios_words": platform_names.IOS_WORDS,
        "mobile_words": platform_names.MOBILE_WORDS,
        "desktop_words": platform_names.DESKTOP_WORDS,
        "android": [[*version, level] for version, level in platform_names.ANDROID_API.items()],
    }


def _settings() -> dict[str, Any]:
    """The ways to the switch. Rows of a system are the newest first, each from a version on."""
    web: dict[str, dict[str, Any]] = {}
    for (browser, form), steps in settings_paths.WEB.items():
        web.setdefault(browser, {})[form] = steps
    return {
        "ios": [
            [*version, {"constant": constant, "url": url}, steps]
            for version, constant, url, steps in settings_paths.IOS
        ],
        "ios_unknown": settings_paths.IOS_STEPS,
        "android": [[level, link, steps] for level, link, steps in settings_paths.ANDROID],
        "ios_web": settings_paths.IOS_WEB,
        "ios_tab": settings_paths.IOS_TAB,
        "web": web,
    }


def _row(row: Any) -> dict[str, Any]:
    """A row of the platform table without the words for people and without what is not so."""
    told = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: value for name, value in told.items() if value and name not in _FOR_PEOPLE} | {
        "key": row.key,
        "prompts": row.prompts,
    }


def _defaults(kind: Any) -> dict[str, Any]:
    """The value of each field that may be left out; None is left out here too."""
    found: dict[str, Any] = {}
    for field in fields(kind) if is_dataclass(kind) else msgspec.structs.fields(kind):
        value, made = field.default, field.default_factory
        if made not in (MISSING, msgspec.NODEFAULT):
            value = made()
        if value not in (MISSING, msgspec.NODEFAULT, None):
            found[field.name] = value
    return found


def _segment(segment: Chosen) -> dict[str, Any]:
    return {"document": NOBODY_DOCUMENT if segment.node == NOBODY else _plain(segment.document)}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(
        value, order="deterministic", str_keys=True, enc_hook=dict
    )  # read-only mappings
