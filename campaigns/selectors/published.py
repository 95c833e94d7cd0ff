"""Every revision that was ever published, compiled: what a client may have known when it decided by itself."""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from campaigns.domain.ruleset import Campaign
from campaigns.models import Revision
from campaigns.selectors.rulesets import compile_campaign
from permissions_app.domain.edits import Invalid
from permissions_app.selectors.versioned import Versioned

KINDS = {"s": "soft_ask", "r": "redirect"}


class Published:
    """The published revisions of an app's campaigns, read when they are first asked for."""

    def __init__(self, app_id: int) -> None:
        self._app_id = app_id
        self._by_key: dict[str, tuple[Campaign, ...]] = {}

    def of(self, wanted: Mapping[str, Iterable[int]]) -> Mapping[str, tuple[Campaign, ...]]:
        """Campaign key (`s12`, `r5`) -> its revisions, the newest first; () for a campaign of somebody else. One query
        at most.

        `wanted`: the keys, each with the numbers that must be there. What is not known may have been published a
        moment ago by another process, so it is looked for again.
        """
        missing = {
            key
            for key, numbers in wanted.items()
            if not set(numbers) <= {one.revision for one in self._by_key.get(key, ())}
            or key not in self._by_key
        }
        read = self._read(missing) if missing else {}
        self._by_key.update(read)  # what is not there costs a look each time, and no memory
        return {key: self._by_key.get(key, ()) for key in wanted}

    def _read(self, keys: Iterable[str]) -> dict[str, tuple[Campaign, ...]]:
        these = Q()
        for letter, kind in KINDS.items():
            numbers = [int(key[1:]) for key in keys if key.startswith(letter)]
            these |= Q(campaign__in=numbers, campaign__kind=kind)
        rows = Revision.objects.filter(
            these, campaign__app=self._app_id, published_at__isnull=False
        )
        found: dict[str, tuple[Campaign, ...]] = {}
        for row in rows.select_related("campaign").order_by("campaign_id", "-number"):
            compiled = _compiled(row)
            if compiled is not None:
                found[compiled.key] = (*found.get(compiled.key, ()), compiled)
        return found


def _compiled(row: Revision) -> Campaign | None:
    """A revision as decisions use it. Its audience plays no part: who was asked, was asked."""
    try:
        return compile_campaign(
            kind=row.campaign.kind,
            content=row.content,
            campaign_id=row.campaign_id,
            revision=row.number,
            seed=row.campaign.seed,
            segments={},
        )
    except Invalid:  # written by an older version
        return None


published_revisions: Versioned[Published] = Versioned(Published)
