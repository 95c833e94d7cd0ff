"""A person, a phone and the product, walked through months at random.

The phone knows the truth: which dialogs it can still show, whether Settings has a switch, what the person answered. The
product only hears of it through events. Whatever happens, in whatever order, what the product promises must hold.
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from campaigns.domain.decision import Decision, decide, interrupts
from campaigns.domain.gates import GateArm, Gates
from campaigns.domain.ruleset import (
    Arm,
    Fatigue,
    Moment,
    RedirectRule,
    Ruleset,
    SoftAsk,
    check,
)
from permissions_app.domain.device import DAY_MS, DeviceFacts, MomentFacts
from permissions_app.domain.events import DecisionRef, Event, EventContext, RawPermission
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import HOLDOUT, Assignment, Reservation, Standing

START = 1_790_000_000_000
MINUTE = 60_000
MOMENTS = ("order_placed", "message_sent", "app_open")

PHONES: tuple[dict[str, Any], ...] = (
    {"platform": "ios", "os_version": "17.4"},
    {"platform": "ios", "os_version": "14.2"},
    {"platform": "android", "os_version": "14", "api_level": 34, "target_sdk": 34},
    {"platform": "android", "os_version": "13", "api_level": 33, "target_sdk": 30},
    {"platform": "android", "os_version": "14", "api_level": 34, "target_sdk": 35},
    {"platform": "android", "os_version": "11", "api_level": 30, "target_sdk": 34},
    {"platform": "web", "browser": "chrome"},
    {"platform": "web", "browser": "firefox"},
    {"platform": "web", "browser": "Mobile Safari", "standalone": False},
    {},
)


@dataclass
class Phone:
    """The truth about one device, told to the product only through events."""

    about: dict[str, Any]
    status: str = "not_determined"
    cause: str = ""
    shown: int = 0
    refusals: int = 0
    dismissals: int = 0
    ignores: int = 0
    embargoed_until: int = 0
    refused_moment: str = ""

    def __post_init__(self) -> None:
        if self.kind == "android_12":
            self.status = "authorized"

    @property
    def kind(self) -> str:
        platform = self.about.get("platform", "unknown")
        if platform == "android" and self.about["api_level"] < 33:
            return "android_12"
        if platform == "android" and self.about["target_sdk"] < 33:
            return "android_old_target"
        if platform == "web":
            return "ios_tab" if self.about.get("standalone") is False else self.about["browser"]
        return str(platform)

    def can_prompt(self, now: int) -> bool:
        """Whether the system's dialog would show if the app asked for it."""
        if self.kind in ("android_12", "ios_tab", "unknown") or now < self.embargoed_until:
            return False
        if self.status in ("not_determined", "provisional"):
            return True
        return self.status == "denied" and self.cause in ("refused_once", "auto_reset", "embargoed")

    def has_switch(self) -> bool:
        """Whether Settings shows something to turn on, and it is off."""
        return self.status == "denied" and self.cause in ("refused", "turned_off")

    def answer(self, outcome: str, now: int, moment: str) -> None:
        """The dialog was shown and ended so."""
        self.shown += 1
        if outcome == "granted":
            self.status, self.cause = "authorized", ""
        elif outcome == "denied":
            self.refusals += 1
            self.refused_moment = moment
            twice = self.kind == "android" and self.refusals < 2
            self.status, self.cause = "denied", "refused_once" if twice else "refused"
        else:
            self.dismissals += outcome == "dismissed"
            self.ignores += outcome == "ignored"
            if self.kind == "chrome" and (self.dismissals >= 3 or self.ignores >= 4):
                self.status, self.cause = "denied", "embargoed"
                self.embargoed_until = now + 7 * DAY_MS

    def raw(self, source: Literal["check", "request"] = "check") -> RawPermission | None:
        """What the client's library says."""
        if self.kind == "unknown":
            return None
        if self.about["platform"] == "ios":
            values = {"not_determined": 0, "denied": 1, "authorized": 2, "provisional": 3}
            return RawPermission("ios", values[self.status])
        if self.about["platform"] == "web":
            words = {"not_determined": "default", "denied": "denied", "authorized": "granted"}
            return RawPermission("web", words[self.status])
        return RawPermission(
            "android",
            self.status == "authorized",
            ask_count=self.shown,
            can_ask_again=self.cause == "refused_once",
            source=source,
        )


@dataclass
class Promise:
    """An answer to interrupt that the client holds and may show until it lapses."""

    decision: Decision
    ref: DecisionRef
    at: int
    expires_at: int


@dataclass
class Story:
    """What the person saw and said, kept by the test and not by the product."""

    interruptions: list[int] = field(default_factory=list)
    declined_at: list[int] = field(default_factory=list)
    shown: dict[str, list[int]] = field(default_factory=dict)
    arms: dict[str, str] = field(default_factory=dict)


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """A ruleset that could be saved; then a redirect is slipped onto the opening moment."""
    per_day = draw(st.integers(1, 3))
    arms = tuple(Arm(key, draw(st.integers(1, 3)), {"title": "t"}) for key in ("a", "b"))
    holdout = draw(st.sampled_from([0.0, 0.0, 0.3]))
    waits = draw(st.sampled_from([(14, 30, 90), (1,), (1, 2)]))
    gates = Gates(
        min_sessions=draw(st.sampled_from([0, 2, 4])), min_times_reached=draw(st.integers(0, 2))
    )
    late = replace(gates, min_sessions=gates.min_sessions + 3, min_screens=4)
    trial = (GateArm("early", 1, gates), GateArm("late", draw(st.integers(1, 3)), late))
    tried = draw(st.sampled_from([(), (), trial]))
    asks = {
        moment: tuple(
            SoftAsk(
                10 * place + number,
                1,
                moment,
                arms,
                f"seed{place}{number}",
                holdout,
                gates,
                waits,
                draw(st.integers(1, 3)),
                gate_arms=tried,
            )
            for number in range(1, 2 + draw(st.integers(0, 1)))
        )
        for place, moment in enumerate(MOMENTS, 1)
    }
    redirects = {
        moment: (
            RedirectRule(
                place,
                1,
                moment,
                arms,
                f"r{place}",
                holdout,
                min_days_since_denial=draw(st.integers(0, 2)),
                cooldown_days=draw(st.sampled_from([1, 2, 30])),
                cap=draw(st.integers(1, 3)),
            ),
        )
        for place, moment in enumerate(MOMENTS[:2], 1)
    }
    ruleset = Ruleset(
        1,
        1,
        {moment: Moment(moment, opening=moment == "app_open") for moment in MOMENTS},
        asks,
        redirects,
        Fatigue(per_day, draw(st.sampled_from([3, 10]))),
    )
    check(ruleset=ruleset)
    slipped = {"app_open": (replace(redirects["order_placed"][0], id=9, moment="app_open"),)}
    return replace(ruleset, redirects={**redirects, **slipped})


class Walk(RuleBasedStateMachine):
    """One device through time."""

    @initialize(
        about=st.sampled_from([*PHONES[:5] * 4, *PHONES[6:8] * 3, *PHONES]),
        ruleset=rulesets(),
        key=st.integers(0, 99),
        told=st.booleans(),
    )
    def begin(self, about: dict[str, Any], ruleset: Ruleset, key: int, told: bool) -> None:
        self.phone = Phone(about)
        self.ruleset = ruleset
        self.key = f"device-{key}"
        self.facts = DeviceFacts()
        self.standing = Standing()
        self.now = START
        self.serial = 0
        self.never = False
        self.story = Story()
        self.promises: list[Promise] = []
        self.happens(
            "session_started", session_index=3, permission=self.phone.raw() if told else None
        )

    # -- the outside world ---------------------------------------------------------------------

    def happens(self, kind: str, **body: Any) -> None:
        """One event, at a time of its own, heard at once."""
        self.now += 1
        self.serial += 1
        context = EventContext(**{**self.phone.about, **body})
        event = Event(str(uuid.UUID(int=self.serial)), kind, self.now, context)
        self.facts = fold(facts=self.facts, events=[event])

    @rule(
        wait=st.sampled_from(
            [1, MINUTE, 9 * MINUTE, 10 * MINUTE, DAY_MS // 2, DAY_MS - 1, DAY_MS, 3 * DAY_MS]
            + [days * DAY_MS for days in (7, 14, 29, 30, 45, 100)]
        )
    )
    def time_passes(self, wait: int) -> None:
        self.now += wait

    @rule(screens=st.integers(0, 20))
    def session(self, screens: int) -> None:
        self.happens("session_started", screen_index=screens)

    @rule()
    def client_checks_the_status(self) -> None:
        embargo_over = self.phone.cause == "embargoed" and self.now >= self.phone.embargoed_until
        if embargo_over:
            self.phone.status, self.phone.cause = "not_determined", ""
        self.happens("permission_status", permission=self.phone.raw())

    @precondition(lambda self: self.phone.kind == "ios")
    @rule()
    def quiet_trial(self) -> None:
        if self.phone.status == "not_determined":
            self.phone.status = "provisional"
            self.happens("permission_status", permission=self.phone.raw())

    @precondition(lambda self: self.phone.kind == "android")
    @rule()
    def system_resets_an_unused_app(self) -> None:
        if self.phone.status == "authorized":
            self.phone.status, self.phone.cause = "denied", "auto_reset"
            self.now += 91 * DAY_MS
            self.happens("permission_status", permission=self.phone.raw())

    @rule()
    def settings_switch(self) -> None:
        """Off if it is on, on if it is off, where there is a switch."""
        if self.phone.kind in ("ios_tab", "unknown"):
            return
        self.happens("session_started")  # the app is in use: Android has not taken it back
        if self.phone.status in ("authorized", "provisional"):
            self.phone.status, self.phone.cause = "denied", "turned_off"
        elif self.phone.status == "denied" and self.phone.cause != "embargoed":
            self.phone.status, self.phone.cause = "authorized", ""
        self.happens("permission_status", permission=self.phone.raw())

    @rule(outcome=st.sampled_from(["granted", "denied", "dismissed", "ignored"]))
    def app_asks_without_us(self, outcome: str) -> None:
        if self.phone.can_prompt(self.now):
            self.dialog(outcome, None)

    @rule(rarely=st.integers(0, 19))
    def person_says_never(self, rarely: int) -> None:
        if rarely == 13:  # nothing is shown afterwards
            self.never = True
            self.promises.clear()
            self.happens("never_ask")

    def dialog(self, outcome: str, ref: DecisionRef | None) -> None:
        """The system's dialog, as far as this system has such an ending."""
        if outcome == "ignored" and self.phone.about["platform"] != "web":
            outcome = "dismissed"
        if outcome == "dismissed" and self.phone.kind in ("ios", "android_old_target"):
            outcome = (
                "denied"  # iOS has no way around it; an old target SDK cannot tell the two apart
            )
        decision_id = str(ref) if ref else None
        if ref is None and outcome == "denied":
            # The refusal of a dialog nobody announced is put down to the latest interruption.
            moment = self.facts.exposures[-1].moment if self.facts.exposures else ""
        else:
            moment = ref.moment if ref else ""
        self.happens("native_prompt_shown", decision_id=decision_id)
        self.now += 1
        self.phone.answer(outcome, self.now + 1, moment)
        self.happens(
            "native_prompt_answered",
            outcome=outcome,
            decision_id=decision_id,
            permission=self.phone.raw("request"),
        )

    @rule(moment=st.sampled_from(MOMENTS))
    def the_team_stops_the_app_for_a_moment(self, moment: str) -> None:
        """Nobody is interrupted, nothing is drawn, and the device stands afterwards as it stood before."""
        going, self.ruleset = self.ruleset, replace(self.ruleset, stopped=True)
        told = self.ask(moment)
        assert told == Decision("none", "app_stopped", moment)
        self.ruleset = going

    # -- the product ---------------------------------------------------------------------------

    def ask(self, moment: str) -> Decision:
        return decide(
            ruleset=self.ruleset,
            moment=moment,
            facts=self.facts,
            standing=self.standing,
            device_key=self.key,
            now=self.now,
        )

    @rule(
        moment=st.sampled_from(MOMENTS),
        days=st.sampled_from([0, 0, 1, 2, 5, 14, 31]),
        requests=st.integers(1, 4),
        answer=st.sampled_from(["accepted", "declined", "dismissed", "", "later"]),
    )
    def reaches_moment(self, moment: str, days: int, requests: int, answer: str) -> None:
        """Several requests at the same millisecond; the store lets one after the other keep its promise."""
        self.now += days * DAY_MS
        self.happens("moment_reached", moments=(moment,))
        assert self.ask(moment) == self.ask(moment)
        for _ in range(requests):
            self.keep(self.ask(moment))
        while self.promises and answer != "later":
            self.show(self.promises.pop(0), answer, "denied")

    @rule(
        moment=st.sampled_from(MOMENTS),
        days=st.sampled_from([1, 1, 2, 14, 31]),
        early=st.booleans(),
        answer=st.sampled_from(["accepted", "declined", "dismissed", "tapped", ""]),
        outcome=st.sampled_from(["granted", "denied", "dismissed", "ignored"]),
    )
    def visits(self, moment: str, days: int, early: bool, answer: str, outcome: str) -> None:
        """The ordinary day: reach the moment, see what there is to see, answer; at times a moment too early."""
        moment = self.phone.refused_moment or moment  # people return to where they said no
        self.now += days * DAY_MS - (5 if early else 0)
        self.happens("moment_reached", moments=(moment,))
        self.keep(self.ask(moment))
        if self.promises:
            self.show(self.promises.pop(), answer, outcome)

    @rule(first=st.integers(0, 5), second=st.integers(0, 5))
    def team_changes_the_weights(self, first: int, second: int) -> None:
        """A new version with other weights and no holdout: nobody moves."""
        arms = (Arm("a", first, {"title": "t"}), Arm("b", second + 1, {"title": "t"}))
        self.ruleset = replace(
            self.ruleset,
            version=self.ruleset.version + 1,
            soft_asks={
                moment: tuple(replace(ask, arms=arms, holdout=0.0) for ask in asks)
                for moment, asks in self.ruleset.soft_asks.items()
            },
        )

    def keep(self, decision: Decision) -> None:
        """What the service stores, and what must hold of the decision."""
        self.check_decision(decision)
        if decision.assignment is not None:
            key, assignment = decision.assignment
            assert isinstance(assignment, Assignment)
            self.standing = Standing(
                reserved=self.standing.reserved,
                assigned={**self.standing.assigned, key: assignment},
            )
        self.keep_gates(decision)
        if decision.reserves is None:
            return
        self.serial += 1
        ref = DecisionRef(
            str(uuid.UUID(int=self.serial)),
            decision.reserves,
            decision.campaign_id,
            decision.revision,
            decision.variant,
            decision.moment,
        )
        ends = self.now + self.ruleset.answer_ttl_ms
        reservation = Reservation(ref.id, decision.reserves, decision.campaign, self.now, ends)
        live = tuple(r for r in self.standing.reserved if r.expires_at > self.now)
        self.standing = Standing(
            reserved=(*live, reservation), assigned=dict(self.standing.assigned)
        )
        self.promises.append(Promise(decision, ref, self.now, ends))

    def keep_gates(self, decision: Decision) -> None:
        """An arm of a gate trial is drawn once, on the soft-ask path, and stays."""
        for key, new in decision.gate_arms:
            assert key[0] == "t"
            assert key not in self.standing.assigned
            assert self.phone.can_prompt(self.now) or self.phone.kind == "unknown"
            assigned = {**self.standing.assigned, key: new}
            self.standing = Standing(reserved=self.standing.reserved, assigned=assigned)

    @precondition(lambda self: self.promises)
    @rule(
        answer=st.sampled_from(["accepted", "declined", "dismissed", "tapped", ""]),
        outcome=st.sampled_from(["granted", "denied", "dismissed", "ignored"]),
    )
    def client_shows_a_promise(self, answer: str, outcome: str) -> None:
        self.show(self.promises.pop(0), answer, outcome)

    def show(self, promise: Promise, answer: str, outcome: str) -> None:
        """The client shows what was promised, unless it lapsed; the person answers; the dialog may follow."""
        if self.now + 1 >= promise.expires_at:
            return
        kind = "soft_ask" if promise.decision.action == "soft_ask" else "redirect"
        self.happens(f"{kind}_shown", decision_id=str(promise.ref))
        self.story.interruptions.append(self.now)
        self.story.shown.setdefault(promise.decision.campaign, []).append(self.now)
        if kind == "redirect":
            if answer in ("tapped", "dismissed"):
                self.happens(f"redirect_{answer}", decision_id=str(promise.ref))
        elif answer in ("accepted", "declined", "dismissed"):
            self.happens(f"soft_ask_{answer}", decision_id=str(promise.ref))
            if answer != "accepted":
                self.story.declined_at.append(self.now)
            elif self.phone.can_prompt(self.now):
                self.dialog(outcome, promise.ref)

    # -- what must hold ------------------------------------------------------------------------

    def check_decision(self, decision: Decision) -> None:
        key, arm = decision.campaign, decision.arm
        if key:
            assert self.story.arms.setdefault(key, arm) == arm, "an arm never changes"
        if not interrupts(decision):
            return
        assert arm != HOLDOUT
        assert not self.never
        if decision.action == "settings_redirect":
            assert self.phone.has_switch()
            assert decision.moment != "app_open"
            assert decision.settings is not None
            self.check_redirect(decision)
        else:
            assert self.phone.can_prompt(self.now)
            if self.phone.cause == "refused_once" and self.phone.refused_moment:
                assert decision.moment != self.phone.refused_moment
            self.check_patience(decision)

    def check_redirect(self, decision: Decision) -> None:
        rules = self.ruleset.redirects[decision.moment]
        redirect = next(r for r in rules if r.key == decision.campaign)
        shown = self.story.shown.get(redirect.key, [])
        assert len(shown) < redirect.cap
        if shown:
            assert self.now - shown[-1] >= redirect.cooldown_days * DAY_MS

    def check_patience(self, decision: Decision) -> None:
        asks = self.ruleset.soft_asks[decision.moment]
        ask = next(a for a in asks if a.key == decision.campaign)
        declines = self.story.declined_at
        assert len(declines) < ask.max_declines
        gates = ask.gates
        if ask.gate_arms:
            arm = {**self.standing.assigned, **dict(decision.gate_arms)}[ask.trial_key].arm
            gates = next(one.gates for one in ask.gate_arms if one.key == arm)
        assert self.facts.sessions >= max(2, gates.min_sessions)
        assert self.facts.screens >= gates.min_screens
        reached = self.facts.moments.get(decision.moment, MomentFacts(1, 0, 0)).count
        assert reached >= gates.min_times_reached
        if declines:
            days = ask.backoff_days[min(len(declines), len(ask.backoff_days)) - 1]
            assert self.now - declines[-1] >= days * DAY_MS

    @invariant()
    def fatigue_budget_holds(self) -> None:
        times = self.story.interruptions
        fatigue = self.ruleset.fatigue
        for end in times[-12:]:
            in_day = sum(end - DAY_MS < at <= end for at in times)
            in_month = sum(end - 30 * DAY_MS < at <= end for at in times)
            assert in_day <= fatigue.per_day
            assert in_month <= fatigue.per_30_days

    @invariant()
    def held_out_devices_see_nothing(self) -> None:
        for key, assignment in self.standing.assigned.items():
            if assignment.arm == HOLDOUT:
                assert key not in self.story.shown


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)
