"""The revisions of a campaign: what each shows, who stood for it, and what came of it.

Results are read from the rollups, where a device counts for the revision that it saw first. Where
nothing was counted there is no number: a page says "not enough data", never "0 %".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from campaigns.domain.draft_changes import Changes, changes_between
from campaigns.domain.drafts import Draft
from campaigns.models import Campaign, Revision
from campaigns.selectors.reviewers import void_approval
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.models import App, Rollup, User

SHOWN, ACCEPTED, AUTHORIZED = "revision_shown", "revision_accepted", "revision_authorized"
MEASURES = (SHOWN, ACCEPTED, AUTHORIZED)


@dataclass(frozen=True, slots=True)
class Results:
    """Devices that saw a revision, that said yes to it, and that can be reached now; the rates are
    None where nobody saw it.
    """

    shown: int
    accepted: Proportion | None
    authorized: Proportion | None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision in the list. `state`: waiting, approved, sent_back, withdrawn, void, live or
    published. `writers`: names; `results` by variant key, '' for all of them together.
    """

    number: int
    name: str
    author: str
    writers: tuple[str, ...]
    created_at: datetime
    note: str
    state: str
    reviewer: str
    reviewed_at: datetime | None
    verdict_note: str
    published_at: datetime | None
    publisher: str
    override_reason: str
    results: Mapping[str, Results]

    @property
    def all_results(self) -> Results | None:
        """Of all variants together; None when nobody saw it."""
        return self.results.get("")

    @property
    def by_variant(self) -> tuple[tuple[str, Results], ...]:
        """Of each variant, by its key."""
        return tuple(sorted((key, told) for key, told in self.results.items() if key))


def revision_rows(*, campaign: Campaign) -> tuple[RevisionRow, ...]:
    """All revisions, the newest first. Three queries for any number of them, and one more where an
    approval waits to be used.
    """
    rows = campaign.revisions.select_related("author", "reviewer").order_by("-number")
    return rows_of(campaign=campaign, revisions=list(rows.defer("content")))


def rows_of(*, campaign: Campaign, revisions: Sequence[Revision]) -> tuple[RevisionRow, ...]:
    """Some revisions of a campaign as they are listed. Two queries for any number, and one more where
    an approval waits to be used.
    """
    results = results_of(campaign=campaign)
    people = _people(revisions)
    approved = [row.pk for row in revisions if row.verdict == Revision.Verdict.APPROVED]
    void = campaign.submitted_id in approved and void_approval(campaign=campaign) != ""
    return tuple(
        RevisionRow(
            number=revision.number,
            name=revision.name,
            author=_name(revision.author, revision.author_label),
            writers=tuple(people[pk] for pk in revision.writers if pk in people),
            created_at=revision.created_at,
            note=revision.note,
            state="void"
            if void and revision.pk == campaign.submitted_id
            else state_of(campaign, revision),
            reviewer=_name(revision.reviewer, revision.reviewer_label),
            reviewed_at=revision.reviewed_at,
            verdict_note=revision.verdict_note,
            published_at=revision.published_at,
            publisher=_publisher(revision),
            override_reason=revision.override_reason,
            results=results.get(revision.number, {}),
        )
        for revision in revisions
    )


def find_revision(*, campaign: Campaign, number: int) -> Revision | None:
    """One revision of this campaign with its people at hand."""
    rows = campaign.revisions.filter(number=number).select_related("author", "reviewer")
    return rows.first()


def revision_before(*, campaign: Campaign, number: int) -> Revision | None:
    """The one that this one followed."""
    return campaign.revisions.filter(number__lt=number).order_by("-number").first()


def changes_of(*, app: App, before: Draft | None, after: Draft) -> Changes:
    """What differs, moments called by their names. One query where moments differ or are new."""
    keys = {after.moment, before.moment if before else ""}
    names: dict[str, str] = {}
    if before is None or len(keys) > 1:
        names = dict(app.moments.filter(key__in=keys).values_list("key", "name"))
    return changes_between(before=before, after=after, moments=names)


def state_of(campaign: Campaign, revision: Revision) -> str:
    """What became of a revision: an approval that nobody used before the words changed is void."""
    if revision.pk == campaign.published_id:
        return "live" if campaign.status == "live" else "latest"
    if revision.published_at is not None:
        return "published"
    if revision.verdict == Revision.Verdict.APPROVED:
        return "approved" if revision.pk == campaign.submitted_id else "void"
    return revision.verdict or "waiting"


def results_of(*, campaign: Campaign) -> dict[int, dict[str, Results]]:
    """By revision number and variant key ('' for all variants). One query."""
    rows = (
        Rollup.objects.filter(app_id=campaign.app_id, measure__in=MEASURES, key=campaign.key)
        .values_list("measure", "arm")
        .annotate(total=Sum("n"))
    )
    sums: dict[int, dict[str, dict[str, int]]] = {}
    for measure, arm, total in rows:
        number, _, variant = arm.partition(".")
        if not number.isdecimal():
            continue
        for key in {variant, ""}:
            cell = sums.setdefault(int(number), {}).setdefault(key, {})
            cell[measure] = cell.get(measure, 0) + total
    return {
        number: {key: told for key, cell in cells.items() if (told := _results(cell)) is not None}
        for number, cells in sums.items()
    }


def _results(cell: Mapping[str, int]) -> Results | None:
    shown = cell.get(SHOWN, 0)
    if shown <= 0:
        return None
    return Results(
        shown, _share(cell.get(ACCEPTED, 0), shown), _share(cell.get(AUTHORIZED, 0), shown)
    )


def _share(part: int, whole: int) -> Proportion | None:
    """A rate; None rather than nonsense while the numbers of one device are still on their way."""
    return wilson(successes=part, trials=whole) if 0 <= part <= whole else None


def _people(revisions: Iterable[Revision]) -> dict[int, str]:
    ids = {pk for revision in revisions for pk in revision.writers}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _name(user: User | None, label: str) -> str:
    """The person's name, else the label that was written down at the time."""
    if user is not None:
        return str(user)
    return "" if label == "" else ("OneAsk" if label == "system" else label)


def _publisher(revision: Revision) -> str:
    """Kept as a label only: the reviewer and the author are known by name."""
    for user in (revision.author, revision.reviewer):
        if user is not None and user.email == revision.publisher_label:
            return str(user)
    return _name(None, revision.publisher_label)
