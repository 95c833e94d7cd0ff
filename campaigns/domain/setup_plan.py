"""What importing a set-up file would do, in words, before anything is done.

Every thing in the file is held beside the same thing in the app: a moment or segment by its key, a soft ask or
redirect by its name in set-up files, or else by its moment and name when nothing has that name. It
will be created, changed, or is unchanged already. What only the app has is left alone: a file never
removes anything.
"""

from dataclasses import replace
from typing import Any

from campaigns.domain.drafts import Draft, check_storable, kind_of, variants_of
from campaigns.domain.segment_builtin import built_in
from campaigns.domain.segment_rules import is_segment_key
from campaigns.domain.setup_fates import CampaignWanted, Item, MomentWanted, Plan, SegmentWanted
from campaigns.domain.setup_file import (
    SECTIONS,
    Entry,
    Setup,
    SetupFile,
    StoredCampaign,
    StoredMoment,
    blank,
)
from campaigns.domain.setup_segments import (
    NEW,
    faults_by_path,
    key_fault,
    segment_notes,
    segment_words,
)
from campaigns.domain.setup_words import (
    Change,
    budget_words,
    campaign_notes,
    differences,
    draft_changes,
    moment_notes,
    moment_words,
)
from campaigns.domain.setup_yaml import Problem, Unreadable
from permissions_app.domain.edits import Invalid
from permissions_app.domain.moments import (
    BAD_KEY,
    carries_a_redirect,
    condition_faults,
    is_moment_key,
    naming_faults,
    parse_conditions,
)

MOST_CHANGES = 500


def plan_setup(*, file: SetupFile, setup: Setup) -> Plan:
    """Hold a file beside an app. Raises Unreadable with everything that is wrong with it."""
    planner = _Planner(file, setup)
    budget = planner.fatigue()
    moments = [planner.moment(entry) for entry in file.moments]
    segments = [planner.segment(entry) for entry in file.segments]
    campaigns = planner.all_campaigns()
    planner.left_alone()
    plan = Plan(
        items=tuple(planner.items),
        fatigue=budget,
        moments=tuple(moment for moment in moments if moment),
        segments=tuple(segment for segment in segments if segment),
        campaigns=tuple(campaigns),
        foreign=file.app if file.app and file.app != setup.app else "",
    )
    if plan.count("created") + plan.count("changed") > MOST_CHANGES:
        planner.complain("", f"More than {MOST_CHANGES} things would change. Import it in parts.")
    if planner.problems:
        raise Unreadable(sorted(planner.problems, key=lambda problem: problem.line))
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
        self._segments = {segment.key: segment for segment in setup.segments}
        self._audiences = {
            *built_in(),
            *self._segments,
            *(entry.key for entry in file.segments),
        }
        self._matched: set[int] = set()
        self._named = {(one.kind, one.key): one for one in setup.campaigns}
        self._spoken = {(entry.section, entry.key) for entry in file.campaigns}
        self._pairs = [(entry, self._match(entry)) for entry in file.campaigns]

    def complain(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path[:160], self.file.line_of(path), sentence))

    def blame(self, path: str, sentence: str) -> None:
        """Complain of a value, unless it could not be read: then that was said."""
        if path not in self.file.doubtful:
            self.complain(path, sentence)

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
        at = len(self.problems)
        if stored is None and not is_moment_key(entry.key):
            self.complain(entry.path, BAD_KEY)
        for name, sentence in naming_faults(name=wanted.name, event=wanted.event).items():
            self.blame(f"{entry.path}.{name}", sentence)
        if stored is not None and wanted.opening and not stored.opening:
            self._opens(entry)
        wanted = self._conditions(entry, wanted)
        if len(self.problems) > at or entry.path in self.file.doubtful:
            return None
        changes = differences(moment_words(stored or new), moment_words(wanted))
        verdict = "created" if stored is None else "changed" if changes else "unchanged"
        notes = moment_notes(stored) if verdict == "changed" and stored else ()
        self.items.append(Item("moments", entry.key, wanted.name, verdict, changes, notes))
        return None if verdict == "unchanged" else MomentWanted(entry.path, stored, wanted)

    def segment(self, entry: Entry) -> SegmentWanted | None:
        stored = self._segments.get(entry.key)
        wanted = replace(stored or replace(NEW, key=entry.key), **entry.given)
        wanted = replace(wanted, name=wanted.name.strip())
        fault = key_fault(entry.key) if stored is None else ""
        if fault:
            self.complain(entry.path, fault)
        faults = {} if wanted == stored else faults_by_path(wanted)
        for path, sentence in faults.items():
            self.blame(f"{entry.path}.{path}", sentence)
        if fault or faults or entry.path in self.file.doubtful:
            return None
        changes = differences(segment_words(stored or NEW), segment_words(wanted))
        if stored and not changes and wanted != stored:
            changes = (Change("conditions", "", "the same, written in another way"),)
        verdict = "created" if stored is None else "changed" if changes else "unchanged"
        notes = segment_notes(stored, wanted) if verdict != "unchanged" else ()
        self.items.append(Item("segments", entry.key, wanted.name, verdict, changes, notes))
        return None if verdict == "unchanged" else SegmentWanted(entry.path, stored, wanted)

    def _conditions(self, entry: Entry, wanted: StoredMoment) -> StoredMoment:
        """The moment with its conditions as they are stored; every one that is wrong is told."""
        faults = condition_faults(wanted.conditions)
        for place, sentence in faults:
            at = "" if place is None else f".{place}"
            self.blame(f"{entry.path}.conditions{at}", sentence)
        if faults:
            return wanted
        return replace(
            wanted, conditions=[one.as_json() for one in parse_conditions(wanted.conditions)]
        )

    def _opens(self, entry: Entry) -> None:
        """An opening moment carries no redirect, neither the drafts after this file nor what is live."""
        there = {stored.id: entry for entry, stored in self._pairs if stored}
        new = [entry for entry, stored in self._pairs if stored is None]
        resting = [
            (told.given if (told := there.get(one.id)) else {}, one.draft, one.published_at)
            for one in self.setup.campaigns
            if one.kind == "redirect" and one.status != "archived"
        ]
        resting += [
            (one.given, blank("redirect"), "") for one in new if SECTIONS[one.section] == "redirect"
        ]
        for given, draft, published_at in resting:
            if entry.key in (given.get("moment", draft.moment), published_at):
                name = str(given.get("name", draft.name)).strip()
                self.complain(f"{entry.path}.opening", carries_a_redirect(name[:80]))
                return

    def all_campaigns(self) -> list[CampaignWanted]:
        found = [self.campaign(entry, stored) for entry, stored in self._pairs]
        return [wanted for wanted in found if wanted]

    def campaign(self, entry: Entry, stored: StoredCampaign | None) -> CampaignWanted | None:
        draft = self._draft(entry, stored)
        if draft is None:
            if stored and stored.status == "archived":
                self._archived(entry, stored)
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
            self._archived(entry, stored)
            return None
        notes = campaign_notes(entry, stored) if verdict != "unchanged" else ()
        self.items.append(Item(entry.section, entry.key, draft.name, verdict, changes, notes))
        if verdict == "unchanged":
            return None
        return CampaignWanted(entry.path, stored, entry.key, draft)

    def _archived(self, entry: Entry, stored: StoredCampaign) -> None:
        self.complain(
            entry.path,
            f"“{stored.draft.name}” is archived here. Restore it first, or give this one another name.",
        )

    def left_alone(self) -> None:
        """What only the app has."""
        said = {entry.key for entry in self.file.moments}
        self.items += [
            Item("moments", moment.key, moment.name, "alone")
            for moment in self.setup.moments
            if moment.key not in said
        ]
        told = {entry.key for entry in self.file.segments}
        self.items += [
            Item("segments", segment.key, segment.name, "alone")
            for segment in self.setup.segments
            if segment.key not in told
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
        named = self._named.get((kind, entry.key))
        same = (
            [named]
            if named
            else [
                campaign
                for campaign in self.setup.campaigns
                if campaign.kind == kind
                and (entry.section, campaign.key) not in self._spoken
                and campaign.status != "archived"
                and campaign.id not in self._matched
                and (campaign.draft.name, campaign.draft.moment)
                == (entry.given.get("name"), entry.given.get("moment"))
            ]
        )
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
            self.blame(f"{entry.path}.moment", "The key of its moment is needed.")
        elif draft.moment not in self._known:
            said = f"There is no moment “{draft.moment[:60]}”, neither in this app nor in the file."
            self.blame(f"{entry.path}.moment", said)
        if stored is None or draft.segment != stored.draft.segment:
            self._audience(f"{entry.path}.segment", draft.segment)
        try:
            check_storable(draft)
        except Invalid as invalid:
            for name, sentence in invalid.errors.items():
                self.blame(f"{entry.path}.{name}", sentence)
        for index, variant in enumerate(variants_of(draft)):
            self._picture(f"{entry.path}.variants.{index}.illustration", variant)
        clean = len(self.problems) == at and entry.path not in self.file.doubtful
        return draft if clean else None

    def _audience(self, path: str, key: str) -> None:
        """The segment of an audience is here, built in, or comes with the file."""
        if key and is_segment_key(key) and key not in self._audiences:
            self.blame(path, f"There is no segment “{key}”, neither in this app nor in the file.")

    def _picture(self, path: str, variant: Any) -> None:
        kind, _, digest = getattr(variant, "illustration", "").partition(":")
        if kind == "image" and digest and digest not in self.setup.images:
            self.blame(
                path,
                f"Variant “{variant.key[:20]}” shows a picture that this app does not have "
                f"(image:{digest[:12]}…). Upload it here first, or choose a built-in one.",
            )
