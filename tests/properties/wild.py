"""Random rules and devices by the thousand, drawn fast and from a seed: sane, odd, and at the very edge of a wait.

Everything is drawn from small sets, so that rules and devices meet: the same few moments, campaigns, versions, days.
"""

from __future__ import annotations

import random
import uuid
from typing import Any

import msgspec

from campaigns.domain.ruleset import Ruleset
from campaigns.domain.segment_facts import FACTS
from permissions_app.domain.device import DAY_MS, TIMES_KEPT, DeviceFacts
from permissions_app.domain.events import EVENT_TYPES, Event, EventContext, Outcome, RawPermission
from permissions_app.domain.standing import HOLDOUT, Standing

NOW = 20_700 * DAY_MS + 43_200_000
MOMENTS = ("order_placed", "goal_set", "app_open", "nobody's")
VERSIONS = (
    "4.2",
    "4.10.1",
    "4.2.0",
    "5",
    "5-beta",
    "4.x",
    "0.0",
    "",
    "v4",
    "32768.70000",
    "²",
    "1.2.3.4.5",
)
LOCALES = (
    "en",
    "en-US",
    "de_DE",
    "zh_Hant_TW",
    "zh-hant",
    "pt-BR.UTF-8",
    "x",
    "",
    " de ",
    "DE-at",
    "a-bc1d-ef",
    "İ-ıjkl",
)
BROWSERS = (
    "Chrome", "Chrome Mobile", "firefox", "Firefox for iOS", "Mobile Safari", "Safari", "CriOS",
    "Samsung Internet Mobile", "Opera", "OPR", "Brave Mobile", "Edge", "vivaldi", "", "?", "Fennec",
    "safari on a phone", "x" * 65, "\x1cChrome\x85",
)  # fmt: skip
SYSTEMS = (
    "17.4", "16", "15.4.1", "15.3", "iOS 9", "Android 14", "13", "12L", "12.1", "12", "8.1.0", "33", "4.4", "2.3",
    "200",
    "Windows 10", "macOS 14", "none", "", "1234", "4.4.4l", "x" * 70,
)  # fmt: skip
CAUSES = ("refused_once", "refused", "turned_off", "auto_reset", "embargoed")
STATUSES = ("not_determined", "provisional", "ephemeral", "authorized", "denied", "unsupported")
TEXTS = {
    "os": ("17", "Chrome", "unknown", "firefox"),
    "language": ("en", "de", "unknown", "zh"),
    "locale": ("en-US", "de-DE", "de", "unknown"),
    "country": ("US", "DE", "unknown"),
    "saw": ("s1", "s1.1.a", "r1", "r2.1.b", "s2"),
    "asked_app": ("4.2", "unknown"),
    "asked_moment": MOMENTS,
    "app_version": ("4.2", "5", "unknown"),
}


class Wild:
    """Draws from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.one = self.rng.choice

    def maybe(self, value: Any, chance: float = 0.5) -> Any:
        """The value, or None."""
        return value if self.rng.random() < chance else None

    def some(self, values: tuple[Any, ...], most: int = 3) -> list[Any]:
        """A few of the values, often none."""
        return self.rng.sample(values, self.rng.choice((0, 0, *range(min(most, len(values)) + 1))))

    def past(self) -> int:
        """A time at or near a whole number of days before now; at times in the future."""
        days = self.one((0, 0, 1, 1, 2, 3, 7, 14, 29, 30, 30, 31, 90, 91, 400, -2))
        return NOW - days * DAY_MS + self.one((-1, 0, 0, 1, 600_000, -600_000))

    def few(self) -> int:
        """A small number, often none."""
        return self.one((0, 0, 0, 1, 1, 2, 3, 4))

    # -- rules

    def ruleset(self) -> Ruleset:
        """Any rules, also such as could never be saved."""
        told = {
            "app_id": 1,
            "version": 1,
            "moments": {
                key: {"key": key, "paused": self.rng.random() < 0.02, "opening": key == "app_open"}
                for key in MOMENTS[:3]
            },
            "soft_asks": {key: self._campaigns(key, self._soft_ask) for key in MOMENTS[:3]},
            "redirects": {key: self._campaigns(key, self._redirect) for key in MOMENTS[:3]},
            "fatigue": {
                "per_day": self.one((1, 2, 5, 9, 9)),
                "per_30_days": self.one((3, 10, 40, 40, 0)),
            }
            if self.rng.random() < 0.5
            else {"per_day": 9, "per_30_days": 40},
            "answer_ttl_ms": self.one((600_000, 1, DAY_MS)),
            "stopped": self.rng.random() < 0.02,
        }
        return msgspec.convert(told, Ruleset)

    def _campaigns(self, moment: str, make: Any) -> list[dict[str, Any]]:
        place = 1 + 3 * MOMENTS.index(moment)
        return [self._shared(place + n, moment) | make() for n in range(self.one((0, 1, 1, 2, 3)))]

    def _shared(self, number: int, moment: str) -> dict[str, Any]:
        return {
            "id": number,
            "revision": self.one((1, 2, 7)),
            "moment": moment,
            "arms": [self._arm(key) for key in self.rng.sample("abcd", self.one((1, 2, 2, 3, 4)))],
            "seed": f"seed {number}",
            "holdout": self.one((0, 0, 0, 0.1, 0.5, 1, 1.5, -1)),
            "platforms": self.some(("ios", "android", "web"), 2) if self.rng.random() < 0.1 else [],
            "languages": self.some(("en", "de", "zh-Hant", "pt-BR", "de-DE"))
            if self.rng.random() < 0.1
            else [],
            "countries": self.some(("DE", "US", "BR")) if self.rng.random() < 0.1 else [],
            "app_version_from": self.one(("", "", "", "", "", "", "4.2", "4.10", "5.0.0")),
            "segment": self.maybe({"document": self.segment()}, 0.35),
            "starts_at": self.maybe(self.past(), 0.07),
            "ends_at": self.maybe(self.past(), 0.07),
        }

    def _arm(self, key: str) -> dict[str, Any]:
        words = {
            "title": f"{key} {{{{name}}}}",
            "body": "of all",
            "surface": "sheet",
            "locale": "en",
        }
        others = {
            name: {"title": self.one(("", f"in {name}")), "locale": name}
            for name in self.some(("de", "zh-Hant", "en-US"))
        }
        return {
            "key": key,
            "weight": self.one((1, 1, 2, 0.7, 0, 33.3, -1, 1e-9)),
            "copy": words,
            "translations": others,
        }

    def _gates(self) -> dict[str, Any]:
        return {
            "min_sessions": self.one((0, 1, 2, 2, 5)),
            "allow_first_session": self.rng.random() < 0.5,
            "min_times_reached": self.one((0, 1, 1, 3)),
            "min_screens": self.one((0, 0, 4)),
        }

    def _soft_ask(self) -> dict[str, Any]:
        arms = self.one((0, 0, 0, 1, 2, 3))
        return {
            "gates": self._gates(),
            "backoff_days": self.one(([14, 30, 90], [1], [], [1, 2])),
            "max_declines": self.one((1, 2, 3, 3)),
            "gate_arms": [
                {"key": f"g{n}", "weight": self.one((1, 2, 0)), "gates": self._gates()}
                for n in range(arms)
            ],
        }

    def _redirect(self) -> dict[str, Any]:
        return {
            "causes": self.some(("refused", "turned_off", "auto_reset"), 2)
            if self.rng.random() < 0.2
            else [],
            "min_days_since_denial": self.one((0, 0, 1, 3, 30, -1)),
            "cooldown_days": self.one((1, 1, 7, 30, 0)),
            "cap": self.one((1, 2, 3, 9)),
        }

    def segment(self, depth: int = 0) -> dict[str, Any]:
        """A tree of conditions; rarely one that cannot be read."""
        kind = self.rng.random()
        if depth < 3 and kind < 0.35:
            word = self.one(("all", "any"))
            return {word: [self.segment(depth + 1) for _ in range(self.one((1, 2, 3)))]}
        if depth < 3 and kind < 0.45:
            return {"not": self.segment(depth + 1)}
        if kind < 0.47:
            return self.one(
                (
                    {},
                    {"fact": "shoe_size", "in": ["43"]},
                    {"all": []},
                    {"any": []},
                    {"fact": "status"},
                )
            )
        return self._condition()

    def _condition(self) -> dict[str, Any]:
        days = self.one((1, 2, 7, 14, 15, 30, 31))
        if self.rng.random() < 0.25:
            told = {"moment": self.one(MOMENTS), "at_least": self.rng.randint(1, TIMES_KEPT)}
            return told | self.one(
                (
                    {},
                    {"in_last_days": days},
                    {"since_no": True},
                    {"since_no": True, "in_last_days": days},
                )
            )
        if self.rng.random() < 0.1:
            return {
                "fact": "interruptions",
                "at_least": self.rng.randint(1, 3),
                "in_last_days": days,
            }
        fact = self.one(tuple(FACTS.values()))
        name = {"fact": fact.name}
        if fact.kind == "version" and self.rng.random() < 0.7:
            return name | self.one(
                ({"at_least": "4.2"}, {"below": "5"}, {"at_least": "4.3", "below": "4.11"})
            )
        if fact.kind == "number":
            return name | self.one(({"at_least": 2}, {"at_most": 1}, {"at_least": 1, "at_most": 3}))
        if fact.kind == "day":
            dates = ("2026-07-01", "2026-08-05", "2026-09-03", "2026-09-04")
            return name | self.one(
                (
                    {"ever": True},
                    {"ever": False},
                    {"ahead": True},
                    {"in_last_days": days},
                    {"more_than_days_ago": days},
                    {"from": self.one(dates)},
                    {"to": self.one(dates)},
                    {"from": dates[0], "to": self.one(dates)},
                )
            )
        values = tuple(fact.choices or TEXTS[fact.name])
        return name | {"in": self.rng.sample(values, self.rng.randint(1, 2))}

    # -- devices

    def about(self) -> dict[str, Any]:
        """What a client says of its device."""
        return {
            "platform": self.one((*("ios", "android", "web") * 5, None)),
            "os_version": self.maybe(self.one(SYSTEMS), 0.8),
            "api_level": self.maybe(self.one((0, 21, 30, 33, 34, 200)), 0.3),
            "target_sdk": self.maybe(self.one((0, 28, 32, 33, 35)), 0.4),
            "app_version": self.maybe(self.one(VERSIONS), 0.7),
            "locale": self.maybe(self.one(LOCALES), 0.8),
            "country": self.maybe(self.one(("DE", "de", "US", "")), 0.3),
            "browser": self.maybe(self.one(BROWSERS), 0.8),
            "standalone": self.maybe(self.rng.random() < 0.5, 0.6),
        }

    def facts(self) -> DeviceFacts:
        """A device of which anything may be known, whether it fits together or not."""
        campaigns = {
            self.one("sr") + str(self.rng.randint(1, 9)): self._campaign()
            for _ in range(self.few())
        }
        moments = {key: self._moment() for key in self.some(MOMENTS)}
        exposures = [self._exposure() for _ in range(self.few())]
        told = {
            **self.about(),
            "first_seen_at": self.maybe(self.past(), 0.9),
            "last_seen_at": self.maybe(self.past(), 0.9),
            "sessions": self.one((0, 1, 2, 3, 9, 9, 9, 9)),
            "screens": self.one((0, 3, 4, 40_000)),
            "status": self.one((*STATUSES, *("denied",) * 8, *("not_determined",) * 4, None, None)),
            "cause": self.one((*CAUSES, "refused", "refused", "refused", "turned_off", "turned_off", None)),
            **{name: self.few() for name in ("ask_count", "answers", "refusals", "dismissals", "ignores")},
            **{
                name: self.maybe(self.past(), 0.4)
                for name in (
                    "status_at", "last_dismissed_at", "embargoed_until", "first_prompt_at", "first_answered_at",
                    "first_authorized_at", "recovered_at", "removed_at", "first_moment_at", "first_soft_ask_at",
                    "first_accept_at", "settings_opened_at",
                )
            },
            "never_ask_at": self.maybe(self.past(), 0.03),
            "refused_moment": self.one(("", *MOMENTS)),
            "denial": self.maybe({"at": self.past(), "cause": "refused"}),
            "recovery": self.one(("tapped", "seen", "organic", None)),
            "moments": moments,
            **{
                name: self.few()
                for name in (
                    "soft_asks_shown", "soft_asks_accepted", "soft_asks_declined", "soft_asks_dismissed",
                    "redirects_shown", "redirects_tapped",
                )
            },
            "first_ask": self.maybe(
                {"at": self.past(), "by": "dialog", "moment": self.one(MOMENTS), "app_version": "4.2"}
            ),
            "exposures": sorted(exposures, key=lambda seen: int(seen["at"])),
            "campaigns": campaigns,
        }  # fmt: skip
        return msgspec.convert(told, DeviceFacts)

    def _campaign(self) -> dict[str, Any]:
        times = {
            name: self.maybe(self.past())
            for name in ("first_shown_at", "last_shown_at", "last_declined_at")
        }
        arms = {f"1.{arm}": {"first_shown_at": self.maybe(self.past())} for arm in "ab"}
        return {
            "shown": self.few(),
            "accepted": self.few(),
            "declined": self.few(),
            "arms": arms,
            **times,
        }

    def _moment(self) -> dict[str, Any]:
        times = sorted((self.past() for _ in range(self.rng.randint(1, TIMES_KEPT))), reverse=True)
        more = {"first_at": times[-1], "last_at": times[0], "earlier": times[1:]}
        return {"count": len(times) + self.few(), **more}

    def _exposure(self) -> dict[str, Any]:
        kind = self.one(("soft_ask", "redirect"))
        outcomes = (
            ("shown", "accepted", "declined", "dismissed")
            if kind == "soft_ask"
            else ("shown", "tapped", "dismissed")
        )
        campaign = f"{'s' if kind == 'soft_ask' else 'r'}{self.rng.randint(1, 9)}"
        decision = self.one(("", "d1", "d2", "d3"))
        return {
            "kind": kind,
            "at": self.past(),
            "decision": decision,
            "campaign": campaign,
            "outcome": self.one(outcomes),
        }

    def standing(self) -> Standing:
        """What was promised, and arms that are still there or not."""
        reserved = [
            {
                "decision": self.one(("d1", "d2", "d9")),
                "kind": self.one(("soft_ask", "redirect")),
                "campaign": self.one("sr") + str(self.rng.randint(1, 9)),
                "at": NOW - 1,
                "expires_at": NOW + self.one((-1, 0, 1, 600_000)),
            }
            for _ in range(self.one((0, 0, 0, 1, 2)))
        ]
        assigned = {
            f"{letter}{number}": {
                "arm": self.one((HOLDOUT, "a", "b", "gone", "g0", "g1")),
                "at": 1,
                "revision": 1,
            }
            for letter in "srt"
            for number in range(1, 10)
            if self.rng.random() < 0.15
        }
        return msgspec.convert({"reserved": reserved, "assigned": assigned}, Standing)

    # -- the story of a browser

    def story(self) -> list[Event]:
        """What the web client tells of one browser, in the order of its clock, never two in one millisecond."""
        about = self.about() | {"platform": self.one(("web",) * 5 + ("android", "ios"))}
        at, session, screen = NOW - 120 * DAY_MS, 0, 0
        told: list[Event] = []
        for _ in range(self.one((1, 3, 8, 20, 40, 160))):
            at += self.one(
                (1, 1, 1000, 60_000, 3_600_000, DAY_MS, 3 * DAY_MS, 8 * DAY_MS, 95 * DAY_MS)
            )
            session += self.rng.random() < 0.3
            screen += self.rng.random() < 0.5
            kind = self.one(
                (
                    *EVENT_TYPES[:-2] * 6,
                    *("session_started", "moment_reached", "permission_status") * 5,
                    "never_ask",
                )
            )
            told.append(
                Event(
                    str(uuid.UUID(int=len(told))),
                    kind,
                    at,
                    self._body(kind, about, session, screen),
                )
            )
            if self.rng.random() < 0.1:
                about |= self.maybe({"app_version": self.one(VERSIONS)}) or {
                    "locale": self.one(LOCALES)
                }
        return told

    def _body(self, kind: str, about: dict[str, Any], session: int, screen: int) -> EventContext:
        outcome: Outcome | None = None
        if kind == "native_prompt_answered":
            outcome = self.one(("granted", "denied", "denied", "dismissed", "ignored"))
        says = {"granted": "granted", "denied": "denied"}.get(
            outcome or "", self.one((*("default", "denied") * 8, "granted", "unsupported"))
        )
        campaign = self.rng.randint(1, 9)
        letter = "r" if kind.startswith("redirect") else self.one("ssn")
        variant, moment = self.one("ab"), self.one(MOMENTS[:3])
        decision = (
            f"{uuid.UUID(int=self.rng.randint(1, 9))}.{letter}{campaign}.1.{variant}.{moment}"
        )
        return EventContext(
            **about,
            session_index=self.maybe(session, 0.9),
            screen_index=self.maybe(screen, 0.9),
            permission=self.maybe(RawPermission("web", says), 0.9),
            decision_id=self.maybe(decision, 0.7) if kind != "session_started" else None,
            moments=tuple(self.some(MOMENTS[:3])) if kind == "moment_reached" else (),
            outcome=outcome,
        )
