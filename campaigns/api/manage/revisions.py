"""`…/{id}/revisions`: every picture that was sent to review, who stood for it, and what it changed."""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import samples
from campaigns.api.manage.findings import CopyCheckAnswer, findings_json
from campaigns.api.manage.resources import REDIRECTS, SOFT_ASKS, CampaignView, Resource, Shape
from campaigns.domain.draft_changes import Changes
from campaigns.domain.drafts import document
from campaigns.models import Campaign, Revision
from campaigns.selectors.campaigns import check_draft, draft_in
from campaigns.selectors.revisions import (
    Results,
    RevisionRow,
    changes_of,
    find_revision,
    revision_before,
    rows_of,
)
from campaigns.services.campaigns import revert_campaign
from permissions_app.api.manage.access import expected_version
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.pages import NewestFirst

STATES = ("waiting", "approved", "sent_back", "withdrawn", "void", "live", "latest", "published")
ROW: dict[str, Any] = {
    "number": 2,
    "name": "Shipping news",
    "state": "live",
    "author": "Bob",
    "writers": ["Bob"],
    "created_at": "2026-11-23T09:00:00Z",
    "note": "For the sale",
    "reviewer": "Rita",
    "reviewed_at": "2026-11-23T10:00:00Z",
    "verdict_note": "",
    "published_at": "2026-11-23T10:05:00Z",
    "publisher": "key sk_4fT9aQ2x",
    "override_reason": "",
    "results": {"shown": 0, "accepted": None, "authorized": None},
    "results_by_variant": {},
}


@extend_schema_serializer(examples=[OpenApiExample("Live", value=ROW)])
class RevisionAnswer(serializers.Serializer[Any]):
    """A revision: a picture of the words that never changes again."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="`latest`: published last, and paused or archived now. `published`: another followed it. "
        "`void`: an approval that counts no longer.",
    )
    author = serializers.CharField(help_text="Who sent it to review: a person, or a key.")
    writers = serializers.ListField(
        child=serializers.CharField(), help_text="Who had a hand in the words; none may approve."
    )
    created_at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)
    reviewer = serializers.CharField(allow_blank=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    verdict_note = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)
    publisher = serializers.CharField(allow_blank=True)
    override_reason = serializers.CharField(
        allow_blank=True, help_text="Why an owner published it in spite of blocking findings."
    )
    results = answer_of(Results)(
        allow_null=True, help_text="Devices that saw this revision first; null where none did."
    )
    results_by_variant = serializers.DictField(child=answer_of(Results)())


class AgainstShape(serializers.Serializer[Any]):
    """What a revision is compared with."""

    against = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="The number of another revision; without it the one before.",
    )


def _detail(resource: Resource, sample: dict[str, Any]) -> Shape:
    """The answer of one revision with its document, whose shape depends on the resource."""
    value = {
        **ROW,
        "document": sample,
        "against": None,
        "changes": {"fresh": False, "variants": [], "settings": []},
        "checked": {"missing": [], "findings": [], "blocking": 0},
    }
    shape = {
        "__doc__": "A revision with its document, what it changed, and what stands against its words now.",
        "document": resource.document(),
        "against": serializers.IntegerField(
            allow_null=True, help_text="What it is compared with; null for the first one."
        ),
        "changes": answer_of(Changes)(),
        "checked": CopyCheckAnswer(),
    }
    name = f"{resource.one.title().replace('_', '')}RevisionAnswer"
    made = type(name, (RevisionAnswer,), shape)
    return extend_schema_serializer(examples=[OpenApiExample("First", value=value)])(made)


DETAILS = {
    SOFT_ASKS.one: _detail(SOFT_ASKS, samples.SOFT_ASK),
    REDIRECTS.one: _detail(REDIRECTS, samples.REDIRECT),
}


class RevisionPages(NewestFirst):
    """Revisions, the newest first, each with what a page of them needs from elsewhere."""

    campaign: Campaign

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The rows of one page, read together."""
        here: Sequence[Revision] = super().paginate_queryset(queryset, request, view) or []
        return rows_of(campaign=self.campaign, revisions=here)


class RevisionList(CampaignView):
    """All revisions."""

    pagination_class = NewestFirst

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"list_{resource.one}_revisions", responses=RevisionAnswer(many=True)
        )
        return {"get": told}

    def get(self, request: Request, pk: int) -> Response:
        """One page of revisions, the newest first, with what came of each."""
        row = self.found(pk)
        pages = RevisionPages()
        pages.campaign = row
        revisions = row.revisions.select_related("author", "reviewer").defer("content")
        here = pages.paginate_queryset(revisions, request, view=self)
        return pages.get_paginated_response([as_json(it) for it in here])


class RevisionDetail(CampaignView):
    """One revision."""

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"read_{resource.one}_revision",
            parameters=[AgainstShape],
            responses=DETAILS[resource.one],
        )
        return {"get": told}

    def get(self, request: Request, pk: int, number: int) -> Response:
        """The document, what it changed against the revision before (or another), and what stands against it now."""
        row = self.found(pk)
        revision = _found(row, number)
        wanted = asked(AgainstShape, request).get("against")
        against = (
            _found(row, wanted) if wanted else revision_before(campaign=row, number=revision.number)
        )
        after = draft_in(campaign=row, picture=revision)
        before = draft_in(campaign=row, picture=against) if against else None
        moment = row.app.moments.filter(key=after.moment).first()
        (told,) = rows_of(campaign=row, revisions=[revision])
        body = {
            **as_json(told),
            "document": {"name": revision.name, **document(after)},
            "against": against.number if against else None,
            "changes": msgspec.to_builtins(changes_of(app=row.app, before=before, after=after)),
            "checked": findings_json(check_draft(draft=after, moment=moment)),
        }
        return Response(body)


class RevisionRevert(CampaignView):
    """Going back."""

    versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"revert_{resource.one}", request=None, responses=resource.answer
        )
        return {"post": told}

    def post(self, request: Request, pk: int, number: int) -> Response:
        """Make the working copy what this revision shows: the first step of rolling back.

        Nothing changes for people until it was reviewed and published; pause it to stop it at once.
        """
        version = expected_version(request)
        row = self.found(pk)
        revert_campaign(
            campaign_id=pk,
            app=row.app,
            number=number,
            expected_version=version,
            actor=self.actor,
        )
        return self.told(row.app, pk)


def as_json(row: RevisionRow) -> dict[str, Any]:
    """A revision as the API shows it."""
    told: dict[str, Any] = msgspec.to_builtins(row)
    results = told.pop("results")
    return {**told, "results": results.pop("", None), "results_by_variant": results}


def _found(row: Campaign, number: int) -> Revision:
    revision = find_revision(campaign=row, number=number)
    if revision is None:
        raise Http404("no such revision")
    return revision
