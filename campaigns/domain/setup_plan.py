"""What importing a set-up file would do, in words, before anything is done.

Every thing in the file is held beside the same thing in the app: a moment by its key, a soft ask or
redirect by its name in set-up files, or else by its moment and name when nothing has that name. It
will be created, changed, or is unchanged already. What only the app has is left alone: a file never
removes anything.
"""

from dataclasses import dataclass, replace
from typing import Any

from campaigns.domain.drafts import Draft, check_storable, kind_of, variants_of
from campaigns.domain.setup_file import (
    SECTIONS,
    Entry,
    Setup,
    SetupFile,
    StoredCampaign,
    StoredMoment,
    blank,
)
from campaigns.domain.setup_words import (
    Change,
    budget_words,
    differences,
    draft_changes,
    moment_words,
)
from campaigns.domain.setup_yaml import Problem, Unreadable
from permissions_app.domain.edits import Invalid
from permissions_app.domain.moments import parse_conditions

MOST_CHANGES = 500


@dataclass(frozen=True, slots=True)
class Item:
    """One thing and what would happen to it: `created`, `changed`, `unchanged`, or `alone` for what
    the file does not speak of.
    """

    section: str
    key: str
    name: str
    verdict: str
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MomentWanted:
    """A moment as it should become. `stored`: what is there now."""

    path: str
    stored: StoredMoment | None
    wanted: StoredMoment


@dataclass(frozen=True, slots=True)
class CampaignWanted:
    """A working copy as it should become."""

    path: str
    stored: StoredCampaign | None
    key: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be told, and what would be done. `fatigue` None: the budget stays."""

    items: tuple[Item, ...]
    fatigue: tuple[int, int] | None
    moments: tuple[MomentWanted, ...]
    campaigns: tuple[CampaignWanted, ...]
    foreign: str
    """The app that the file was written for, when that is another one."""

    def count(self, verdict: str) -> int:
        """How many things meet this fate."""
        return sum(1 for item in self.items if item.verdict == verdict)

    @property
    def changes_something(self) -> bool:
        """Whether applying it would do anything at all."""
        return any(item.verdict in ("created", "changed") for item in self.items)


def plan_setup(*, file: SetupFile, setup: Setup) -> Plan:
    """Hold a file beside an app. Raises Unreadable with everything that is wrong with it."""
    planner = _Planner(file, setup)
    budget = planner.fatigue()
    moments = [planner.moment(entry) for entry in file.moments if entry.sound]
    campaigns = planner.all_campaigns()
    planner.left_alone()
    if planner.problems:
        raise Unreadable(sorted(planner.problems, key=lambda problem: problem.line))
    plan = Plan(
        items=tuple(planner.items),
        fatigue=budget,
        moments=tuple(moment for moment in moments if moment),
        campaigns=tuple(campaigns),
        foreign=file.app if file.app and file.app != setup.app else "",
    )
    if plan.count("created") + plan.count("changed") > MOST_CHANGES:
        said = f"More than {MOST_CHANGES} things would change. Import the file in parts."
        raise Unreadable([Problem("", 0, said)])
    return plan


class _Planner:
    """Goes through a file and collects what would happen and what cannot."""

    def __init__(self, file: SetupFile, setup: Setup) -> None:
        self.file = file
        self.setup = setup
        self.items: list[Item] = []
        self.problems: list[Problem] = list(file.problems)
        self._moments = {moment.key: moment for moment in setup.moments}
        self._known = {*self._moments, *(entry.key for entry in file.moments)}
        self._matched: set[int] = set()

    def complain(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path[:160], self.file.line_of(path), sentence))

    def fatigue(self) -> tuple[int, int] | None:
        now = {"per_day": self.setup.per_day, "per_30_days": self.setup.per_30_days}
        wanted = {**now, **self.file.fatigue}
        changes = differences(budget_words(now), budget_words(wanted))
        notes = ("It takes effect at once.",) if changes else ()
        verdict = "changed" if changes else "unchanged" if self.file.fatigue else "alone"
        self.items.append(Item("fatigue", "", "Fatigue budget", verdict, changes, notes))
        return (wanted["per_day"], wanted["per_30_days"]) if changes else None

    def moment(self, entry: Entry) -> MomentWanted | None:
        stored = self._moments.get(entry.key)
        new = StoredMoment(
            id=0,
            version=0,
            key=entry.key,
            name="",
            event="",
            conditions=[],
            opening=False,
            status="active",
        )
        wanted = replace(stored or new, **entry.given)
        try:
            conditions = [one.as_json() for one in parse_conditions(wanted.conditions)]
            wanted = replace(wanted, conditions=conditions)
        except ValueError as error:
            self.complain(f"{entry.path}.conditions", str(error))
            return None
        changes = differences(moment_words(stored or new), moment_words(wanted))
        verdict = "created" if stored is None else "changed" if changes else "unchanged"
        notes: tuple[str, ...] = ()
        if verdict == "changed" and stored and stored.live:
            waits = (
                "1 live campaign waits"
                if stored.live == 1
                else f"{stored.live} live campaigns wait"
            )
            notes = (f"It takes effect at once: {waits} on it.",)
        self.items.append(Item("moments", entry.key, wanted.name, verdict, changes, notes))
        return None if verdict == "unchanged" else MomentWanted(entry.path, stored, wanted)

    def all_campaigns(self) -> list[CampaignWanted]:
        entries = [entry for entry in self.file.campaigns if entry.sound]
        found = [self.campaign(entry, self._match(entry)) for entry in entries]
        return [wanted for wanted in found if wanted]

    def campaign(self, entry: Entry, stored: StoredCampaign | None) -> CampaignWanted | None:
        draft = self._draft(entry, stored)
        if draft is None:
            return None
        kind = kind_of(draft)
        before = stored.draft if stored else blank(kind)
        changes = draft_changes(before, draft)
        if stored and not changes and draft != stored.draft:
            changes = (Change("details", "", "spaces, empty texts or very small numbers"),)
        if stored and stored.key != entry.key:
            changes = (Change("name in set-up files", stored.key, entry.key), *changes)
        verdict = "created" if stored is None else "changed" if changes else "unchanged"
        if verdict == "changed" and stored and stored.status == "archived":
            self.complain(
                entry.path,
                f"“{stored.draft.name}” is archived here. Restore it first, or give this one another name.",
            )
            return None
        notes = _notes(entry, stored) if verdict != "unchanged" else ()
        self.items.append(Item(entry.section, entry.key, draft.name, verdict, changes, notes))
        if verdict == "unchanged":
            return None
        return CampaignWanted(entry.path, stored, entry.key, draft)

    def left_alone(self) -> None:
        """What only the app has."""
        said = {entry.key for entry in self.file.moments}
        self.items += [
            Item("moments", moment.key, moment.name, "alone")
            for moment in self.setup.moments
            if moment.key not in said
        ]
        sections = {kind: section for section, kind in SECTIONS.items()}
        self.items += [
            Item(sections[campaign.kind], campaign.key, campaign.draft.name, "alone")
            for campaign in self.setup.campaigns
            if campaign.id not in self._matched and campaign.status != "archived"
        ]

    def _match(self, entry: Entry) -> StoredCampaign | None:
        """The campaign that an entry means."""
        kind = SECTIONS[entry.section]
        here = [campaign for campaign in self.setup.campaigns if campaign.kind == kind]
        spoken = {other.key for other in self.file.campaigns if other.section == entry.section}
        same = [campaign for campaign in here if campaign.key == entry.key] or [
            campaign
            for campaign in here
            if campaign.key not in spoken
            and campaign.status != "archived"
            and campaign.id not in self._matched
            and (campaign.draft.name, campaign.draft.moment)
            == (entry.given.get("name"), entry.given.get("moment"))
        ]
        if len(same) != 1:
            return None
        self._matched.add(same[0].id)
        return same[0]

    def _draft(self, entry: Entry, stored: StoredCampaign | None) -> Draft | None:
        given = {name: value for name, value in entry.given.items() if name != "status"}
        if "name" in given:
            given["name"] = given["name"].strip()
        draft = replace(stored.draft if stored else blank(SECTIONS[entry.section]), **given)
        at = len(self.problems)
        if not draft.moment:
            self.complain(f"{entry.path}.moment", "The key of its moment is needed.")
        elif draft.moment not in self._known:
            said = f"There is no moment “{draft.moment[:60]}”, neither in this app nor in the file."
            self.complain(f"{entry.path}.moment", said)
        try:
            check_storable(draft)
        except Invalid as invalid:
            for name, sentence in invalid.errors.items():
                self.complain(f"{entry.path}.{name}", sentence)
        for index, variant in enumerate(variants_of(draft)):
            self._picture(f"{entry.path}.variants.{index}.illustration", variant)
        return draft if len(self.problems) == at else None

    def _picture(self, path: str, variant: Any) -> None:
        kind, _, digest = getattr(variant, "illustration", "").partition(":")
        if kind == "image" and digest and digest not in self.setup.images:
            self.complain(
                path,
                f"Variant “{variant.key[:20]}” shows a picture that this app does not have "
                f"(image:{digest[:12]}…). Upload it here first, or choose a built-in one.",
            )


def _notes(entry: Entry, stored: StoredCampaign | None) -> tuple[str, ...]:
    found = []
    if stored is None:
        if entry.given.get("status") in ("live", "paused"):
            found.append("It was live where the file was written. Here it begins as a draft.")
        return tuple(found)
    if stored.key != entry.key:
        found.append("Recognised by its moment and name.")
    if stored.pending in ("in_review", "approved"):
        found.append("It waits for a review or has one: a change of its words makes that void.")
    if stored.status in ("live", "paused"):
        found.append("What is published stays as it is until this draft is reviewed and published.")
    return tuple(found)
