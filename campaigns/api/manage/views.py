"""`/api/v1/manage/soft-asks` and `/api/v1/manage/redirect-rules`."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import shapes
from campaigns.models import RedirectRule, SoftAsk
from campaigns.services import redirect_rules, soft_asks
from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.moments import ById, body_of, valid
from permissions_app.models import App


class Resource(NamedTuple):
    """What differs between the two: rows, shape, and the services that write."""

    rows: Callable[[App], QuerySet[Any]]
    shape: type[serializers.Serializer[Any]]
    as_json: Callable[[Any], dict[str, Any]]
    create: Callable[[App, dict[str, Any]], Any]
    update: Callable[[App, int, dict[str, Any], int], Any]
    set_status: Callable[[App, int, str], Any]


def _soft_asks(app: App) -> QuerySet[SoftAsk]:
    return SoftAsk.objects.filter(app=app).select_related("moment").prefetch_related("variants")


def _redirects(app: App) -> QuerySet[RedirectRule]:
    return RedirectRule.objects.filter(app=app).select_related("moment")


SOFT_ASKS = Resource(
    rows=_soft_asks,
    shape=shapes.SoftAskShape,
    as_json=shapes.soft_ask_json,
    create=lambda app, sent: soft_asks.create_soft_ask(
        app=app, draft=shapes.soft_ask_draft(sent, app), actor=None
    ),
    update=lambda app, pk, sent, version: soft_asks.update_soft_ask(
        soft_ask_id=pk,
        app=app,
        draft=shapes.soft_ask_draft(sent, app),
        expected_version=version,
        actor=None,
    ),
    set_status=lambda app, pk, status: soft_asks.set_soft_ask_status(
        soft_ask_id=pk, app=app, status=status, actor=None
    ),
)
REDIRECTS = Resource(
    rows=_redirects,
    shape=shapes.RedirectShape,
    as_json=shapes.redirect_json,
    create=lambda app, sent: redirect_rules.create_redirect_rule(
        app=app, draft=shapes.redirect_draft(sent, app), actor=None
    ),
    update=lambda app, pk, sent, version: redirect_rules.update_redirect_rule(
        rule_id=pk,
        app=app,
        draft=shapes.redirect_draft(sent, app),
        expected_version=version,
        actor=None,
    ),
    set_status=lambda app, pk, status: redirect_rules.set_redirect_rule_status(
        rule_id=pk, app=app, status=status, actor=None
    ),
)


class CampaignView(ManageView):
    """A view of one of the two resources."""

    resource: ClassVar[Resource]

    def told(self, app: App, pk: int, *, status: int = 200) -> Response:
        """The object as stored, with its ETag."""
        row = self.resource.rows(app).get(pk=pk)
        return Response(self.resource.as_json(row), status=status, headers=etag(row.version))


class CampaignList(CampaignView):
    """All of the app; `?status=` and `?moment=` narrow it."""

    def get(self, request: Request) -> Response:
        """One page."""
        rows = self.resource.rows(self.app)
        if status := request.query_params.get("status"):
            rows = rows.filter(status=status)
        if moment := request.query_params.get("moment"):
            rows = rows.filter(moment__key=moment)
        pages = ById()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response([self.resource.as_json(row) for row in page or []])

    def post(self, request: Request) -> Response:
        """A new draft."""
        app = self.app
        row = self.resource.create(app, valid(self.resource.shape, request.data))
        return self.told(app, row.pk, status=201)


class CampaignDetail(CampaignView):
    """One of them, by id."""

    def get(self, request: Request, pk: int) -> Response:
        """The object and its ETag."""
        return self.told(self.app, pk)

    def put(self, request: Request, pk: int) -> Response:
        """Replace it, variants included."""
        return self._write(request, pk, partial=False)

    def patch(self, request: Request, pk: int) -> Response:
        """Change what is sent; `variants` are replaced as a whole."""
        return self._write(request, pk, partial=True)

    def _write(self, request: Request, pk: int, *, partial: bool) -> Response:
        version = expected_version(request)
        app = self.app
        row = self.resource.rows(app).get(pk=pk)
        base = self.resource.as_json(row) if partial else {}
        sent = valid(self.resource.shape, {**base, **body_of(request)})
        self.resource.update(app, pk, sent, version)
        return self.told(app, pk)


class CampaignStatus(CampaignView):
    """Publish, pause, archive, restore."""

    def post(self, request: Request, pk: int) -> Response:
        """Set the status; repeating it changes nothing."""
        app = self.app
        sent = valid(shapes.StatusShape, request.data)
        self.resource.set_status(app, pk, sent["status"])
        return self.told(app, pk)
