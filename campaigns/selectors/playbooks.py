"""What of a playbook an app has already: its events, its moments, its words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from campaigns.domain.drafts import Kind
from campaigns.domain.playbooks import Playbook, PlaybookMoment
from campaigns.models import Campaign, CampaignStatus
from permissions_app.models import App, SeenEvent, SeenSample, ValueMoment

SEEN_DAYS = 30
MOST_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class MomentState:
    """A moment of a playbook beside the app. `seen`: how often its event arrived in 30 days.
    `carried`: of its properties, those that recent events carried; None when there is no sample.
    `here`, `soft_ask`, `redirect`: what the app has of it, not archived.
    """

    moment: PlaybookMoment
    seen: int
    carried: frozenset[str] | None
    here: ValueMoment | None
    soft_ask: Campaign | None
    redirect: Campaign | None

    @property
    def may_redirect(self) -> bool:
        """Whether a redirect may wait on the app's own moment: an opening one carries none."""
        return self.here is None or not self.here.opening

    @property
    def complete(self) -> bool:
        """Whether inserting it would add nothing."""
        return bool(self.here and self.soft_ask and (self.redirect or not self.may_redirect))


@dataclass(frozen=True, slots=True)
class BookState:
    """A playbook beside the app."""

    book: Playbook
    moments: tuple[MomentState, ...]

    @property
    def events_seen(self) -> int:
        """How many of its events the app sends."""
        return sum(1 for state in self.moments if state.seen)

    @property
    def complete(self) -> int:
        """How many of its moments the app has with all their words."""
        return sum(1 for state in self.moments if state.complete)


def book_states(*, app: App, books: Iterable[Playbook], today: date) -> tuple[BookState, ...]:
    """Playbooks beside the app, in their order. Four queries for any number of them."""
    books = tuple(books)
    names = {moment.event_name for book in books for moment in book.moments}
    since = today - timedelta(days=SEEN_DAYS)
    seen = dict(
        SeenEvent.objects.filter(app=app, name__in=names, day__gt=since)
        .values_list("name")
        .annotate(total=Sum("count"))
    )
    samples = SeenSample.objects.filter(app=app, name__in=names).order_by("-at")
    carried: dict[str, set[str]] = {}
    for name, properties in samples.values_list("name", "properties")[:MOST_SAMPLES]:
        carried.setdefault(name, set()).update(properties)
    moments = list(app.moments.order_by("pk"))
    campaigns = list(app.campaigns.exclude(status=CampaignStatus.ARCHIVED).order_by("pk"))

    def state(moment: PlaybookMoment) -> MomentState:
        here = same_moment(moments, moment)
        found = carried.get(moment.event_name)
        return MomentState(
            moment=moment,
            seen=seen.get(moment.event_name, 0),
            carried=None if found is None else frozenset(found),
            here=here,
            soft_ask=same_campaign(campaigns, "soft_ask", here, moment.name),
            redirect=same_campaign(campaigns, "redirect", here, moment.redirect_name),
        )

    return tuple(BookState(book, tuple(map(state, book.moments))) for book in books)


def same_moment(moments: Iterable[ValueMoment], wanted: PlaybookMoment) -> ValueMoment | None:
    """The app's moment that a playbook's stands for: of its key, or else on the same events."""
    moments = tuple(moments)
    conditions = [condition.as_json() for condition in wanted.conditions]
    alike = (
        moment
        for moment in moments
        if moment.event_name == wanted.event_name and moment.conditions == conditions
    )
    of_its_key = (moment for moment in moments if moment.key == wanted.key)
    return next(of_its_key, None) or next(alike, None)


def same_campaign(
    campaigns: Iterable[Campaign], kind: Kind, moment: ValueMoment | None, name: str
) -> Campaign | None:
    """The app's campaign of this kind and name on the moment."""
    return next(
        (
            campaign
            for campaign in campaigns
            if moment is not None
            and campaign.kind == kind
            and campaign.moment_id == moment.pk
            and campaign.name == name
        ),
        None,
    )
