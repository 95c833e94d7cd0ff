"""What one person does, from the first launch to the day they leave.

A journey is a generator: it yields what the app wants to send, and is sent the answer. `Send` is a
batch of events; `Ask` is the question "what now, at this moment?". The person's choices come from a
generator of their own, so they depend on nothing but the seed and the answers of the server.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from campaigns.simulator import choices, scenario
from campaigns.simulator.oracle import Life
from campaigns.simulator.phone import Answer, Phone
from campaigns.simulator.population import DAY_MS, Profile, generator
from campaigns.simulator.records import Assigned, Decided, Sight
from campaigns.simulator.scenario import Effects
from campaigns.simulator.wire import decided, event_id, iso

MINUTE = 60_000
MOST_SESSIONS = 16


@dataclass(frozen=True, slots=True)
class Send:
    """Events to upload, as they stand on the wire."""

    events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for the server at the simulated time `at` (ms)."""

    body: dict[str, Any]
    at: int


Reply = dict[str, Any]
Steps = Generator[Send | Ask, Reply, None]


WORLD = Effects()


class Journey:
    """One person with one device. `life` is filled in as they go. `effects`: what is true of their world."""

    def __init__(
        self, *, profile: Profile, seed: int, until: int, effects: Effects = WORLD
    ) -> None:
        self.profile, self.until, self.effects = profile, until, effects
        self.rng = generator(seed=seed, index=profile.index, purpose="does")
        self._ids = generator(seed=seed, index=profile.index, purpose="ids")
        self.phone = Phone.of(profile)
        self.life = Life(
            platform=profile.platform,
            asks=profile.kind in ("ios", "android_13", "web"),
            starts_on=profile.kind == "android_12",
        )
        self.now = profile.installed_at
        self.last_seen = self.now
        self.session = self.screen = self.asked_on = 0
        self.saves_up = profile.saves_up and effects.logging
        self.outbox: list[dict[str, Any]] = []

    def steps(self) -> Steps:
        """Everything this person's app sends, in order."""
        while self.now < self.until:
            yield from self._visit()
            if self.life.unheard:
                return
            yield from self._upload()
            if not self._comes_back():
                break
        self.saves_up = False
        self._leaves()
        yield from self._upload()

    # -- a visit ------------------------------------------------------------------------------------

    def _visit(self) -> Steps:
        rng = self.rng
        self.session, self.screen = self.session + 1, 0
        if self.profile.upgrades and self.session == 3:
            self.phone.upgrade()
            self.life.asks, self.life.starts_on = True, False
        if self.session > 1:
            idle = self.now - self.last_seen
            choices.changes_settings(phone=self.phone, rng=self.rng, idle=idle)
        context = self.phone.context(self.now)
        self._event("session_started", **context, **self.profile.push(self.session))
        self.life.runs(context)
        self._look()
        if self.profile.cold and self._cold_ask_due():
            yield from self._upload()
            self._dialog("")
        self.screen += rng.choices((0, 1, 2, 3, 5, 8), (30, 25, 18, 12, 10, 5))[0]
        for _ in range(rng.choices((0, 1, 2), (45, 42, 13))[0]):
            self._pass(rng.uniform(0.2, 3) * MINUTE)
            if rng.random() < 0.4:
                self._event("moment_reached", name=rng.choice(scenario.UNMATCHED), wanted=False)
        chance = 0.4 if self.session == 1 else 0.55
        while rng.random() < chance and self.now < self.until and not self.life.unheard:
            chance *= 0.25
            self._pass(rng.uniform(0.5, 6) * MINUTE)
            yield from self._happens()

    def _look(self) -> None:
        """The app looks at the permission when it is opened, and tells."""
        reading = self.phone.reading(self.now)
        if reading is not None:
            self.outbox[-1]["permission"] = reading
        self._saw()

    def _saw(self, decision: str = "") -> None:
        final_no = self.phone.final_no()
        self.life.saw(self.phone.place(self.now), final_no, self._clock(), decided(decision))

    def _cold_ask_due(self) -> bool:
        """The old build asks at the first launch; on the web, at each visit until there is an answer."""
        again = self.profile.kind == "web" or self.phone.asked == 0
        return again and self.phone.can_ask(self.now) and self.phone.refused == 0

    # -- a moment -----------------------------------------------------------------------------------

    def _happens(self) -> Steps:
        rng = self.rng
        what = rng.choices(scenario.HAPPENINGS, [row.weight for row in scenario.HAPPENINGS])[0]
        told = scenario.properties(what.event, rng.random())
        moment = scenario.moment_of(what.event, told)
        self._event("moment_reached", wanted=bool(moment), name=what.event, properties=told)
        if not moment:
            return
        self.life.reaches(moment, session=self.session, screen=self.screen, at=self._clock())
        yield from self._upload()
        body: dict[str, Any] = {"device_id": self.profile.key, "properties": told}
        body |= {"moment": moment} if rng.random() < 0.6 else {"event": what.event}
        if rng.random() < 0.85:
            body["context"] = self.phone.context(self.now) | {"session_index": self.session}
            reading = self.phone.reading(self.now)
            if reading is not None:
                body["context"]["permission"] = reading
        reply = yield Ask(body, self.now)
        self._note_arm(reply)
        # Like the product's own clients, the app never shows what the system would not allow.
        asks = reply["action"] == "soft_ask" and self.phone.can_ask(self.now)
        redirects = reply["action"] == "settings_redirect" and self.phone.final_no()
        decision = decided(reply["decision_id"])
        if decision is None or not (asks or redirects):
            return
        if self.saves_up and choices.loses_its_log(effects=self.effects, decision=decision):
            self.life.unheard = True
            return
        self.saves_up = False
        if asks:
            yield from self._soft_ask(decision, reply["decision_id"])
        else:
            yield from self._redirect(decision, reply["decision_id"])

    def _note_arm(self, reply: Reply) -> None:
        found = decided(reply["decision_id"])
        if found is None or reply["reason"] not in ("ask_softly", "offer_settings", "holdout"):
            return
        arm = found.variant if reply["action"] != "none" else "holdout"
        number = found.revision.partition(".")[0]
        self.life.assigned.setdefault(found.campaign, Assigned(arm, number, self.now))

    def _soft_ask(self, what: Decided, decision: str) -> Steps:
        rng = self.rng
        sight = self._shown("soft_ask_shown", what, decision)
        self.asked_on = self.life.screen
        self._pass(rng.uniform(2, 12) * 1000)
        refused = self.phone.refused > 0
        yes = choices.accepts(effects=self.effects, decision=what, refused=refused)
        drawn = rng.random()
        if drawn < yes:
            self._event("soft_ask_accepted", decision_id=decision)
            sight.answer = "a"
            self._pass(rng.uniform(0.2, 1) * 1000)
            self._dialog(decision)
        elif drawn < yes + (1 - yes) * 0.6:
            self._event("soft_ask_declined", decision_id=decision)
            sight.answer = "d"
            if rng.random() < 0.05:
                self._never(decision, 800)
        elif drawn < yes + (1 - yes) * 0.95:
            self._event("soft_ask_dismissed", decision_id=decision)
            sight.answer = "x"
        if rng.random() < 0.5:
            yield from self._upload()

    def _dialog(self, decision: str) -> None:
        """The system's dialog is shown, and the person reacts. A few apps die before the answer."""
        rng, life = self.rng, self.life
        told: dict[str, Any] = {"decision_id": decision} if decision else {}
        if decision:
            self._pass(rng.uniform(0.2, 1) * 1000)
        else:
            self.now += 200 + int(
                rng.random() * 800
            )  # over the first screen, before it can be used
        self._event("native_prompt_shown", **told)
        life.is_prompted(self._clock(), decided(decision))
        if rng.random() < 0.004:
            return
        self._pass(rng.uniform(1, 9) * 1000)
        outcome = self._reacts(decided(decision))
        self.phone.answer(outcome, self.now)
        reading = self.phone.reading(self.now, requested=True)
        if reading is None or rng.random() < 0.1:  # some clients send the outcome alone
            self._event("native_prompt_answered", outcome=outcome, **told)
            reading = None
        else:
            self._event("native_prompt_answered", outcome=outcome, permission=reading, **told)
        if outcome in ("granted", "denied"):
            life.answers_dialog(self._clock(), granted=outcome == "granted")
            self._saw(decision)
        elif reading is not None:
            self._saw(decision)

    def _reacts(self, decision: Decided | None) -> Answer:
        yes = choices.grants(
            effects=self.effects,
            profile=self.profile,
            kind=self.phone.kind,
            decision=decision,
            screen=self.asked_on,
            app=self.profile.app_at(self.now),
        )
        return choices.reacts(drawn=self.rng.random(), yes=yes, kind=self.phone.kind)

    def _redirect(self, what: Decided, decision: str) -> Steps:
        rng = self.rng
        seen_before = any(s.decision.campaign == what.campaign for s in self.life.sights)
        works = self.effects.redirects and not seen_before
        sight = self._shown("redirect_shown", what, decision)
        self._pass(rng.uniform(2, 15) * 1000)
        drawn = rng.random()
        if drawn < scenario.TAPS_REDIRECT:
            self._event("redirect_tapped", decision_id=decision)
            sight.answer = "t"
            self._pass(1500)
            self._event("settings_opened", decision_id=decision)
            self._pass(rng.uniform(5, 40) * 1000)
            if rng.random() < scenario.TURNS_ON_AFTER_TAP and works:
                self.phone.turn_on()
            reading = self.phone.reading(self.now)
            if reading is not None:
                self._event("permission_status", permission=reading)
                self._saw()
        elif drawn < 0.6:
            self._event("redirect_dismissed", decision_id=decision)
            sight.answer = "y"
            if rng.random() < 0.04:
                self._never(decision, 700)
        if rng.random() < scenario.TURNS_ON_LATER and works and not self.phone.on:
            self.phone.turn_on()  # later, on their own; seen at the next visit
        if rng.random() < 0.5:
            yield from self._upload()

    def _shown(self, kind: str, what: Decided, decision: str) -> Sight:
        self._pass(self.rng.uniform(0.3, 2) * 1000)
        self._event(kind, decision_id=decision)
        return self.life.sees(what, self._clock())

    def _never(self, decision: str, after: int) -> None:
        self._pass(after)
        self._event("never_ask", decision_id=decision)
        self.life.says_never()

    # -- coming back, and leaving -------------------------------------------------------------------

    def _comes_back(self) -> bool:
        """People leave, most of them early: whoever leaves before a moment of value cannot be asked."""
        stays = self.rng.random() <= (0.72 if self.session == 1 else 0.85)
        if not stays or self.session >= MOST_SESSIONS:
            return False
        days = -math.log(1 - self.rng.random()) * (1.5 + self.session * 0.7)
        if self.rng.random() < 0.01:
            days += 95  # forgot the app for a season
        back = self.now + int(max(days * DAY_MS, 20 * MINUTE))
        if self.rng.random() < 0.006 and back < self.until:
            # A token expired and looked like a removal.
            self._pass(self.rng.uniform(1, 9) * MINUTE)
            self._event("app_removed")
        self.now = back
        return self.now < self.until

    def _leaves(self) -> None:
        gone = self.now + int(self.rng.uniform(0.05, 6) * DAY_MS)
        if self.rng.random() < 0.42 and gone < self.until:
            self.now = gone
            self._event("app_removed")
            self.life.removed_at = self._clock()

    # -- events -------------------------------------------------------------------------------------

    def _pass(self, milliseconds: float) -> None:
        self.now += 1 + int(milliseconds)
        self.screen += 1

    def _clock(self) -> int:
        """What the device's own clock tells."""
        return self.now // 1000 * 1000 if self.profile.coarse else self.now

    def _event(self, kind: str, *, wanted: bool = True, **told: Any) -> None:
        """Put an event into the outbox. `wanted`: the product keeps no event that reaches no moment, so such a one says
        nothing of its device.
        """
        self.last_seen, at = self.now, self._clock()
        if wanted:
            self.life.told(at, session=self.session, screen=self.screen)
        event = {
            "id": event_id(self._ids, self.now),
            "device_id": self.profile.key,
            "type": kind,
            "occurred_at": iso(at),
            "session_index": self.session,
            "screen_index": self.screen,
        }
        self.outbox.append(event | told)

    def _upload(self) -> Steps:
        if self.outbox and not self.saves_up:
            events, self.outbox = self.outbox, []
            yield Send(events)
