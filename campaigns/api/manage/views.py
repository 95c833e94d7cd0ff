"""`/api/v1/manage/soft-asks` and `/api/v1/manage/redirect-rules`."""

from typing import Any, ClassVar, NamedTuple

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import shapes
from campaigns.domain.drafts import Kind
from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign, update_campaign
from campaigns.services.steps import take_step
from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.bodies import asked, body_of, valid
from permissions_app.api.manage.pages import Pages
from permissions_app.models import App, Role


class Resource(NamedTuple):
    """What differs between the two."""

    kind: Kind
    tag: str
    one: str
    many: str
    """How operations call them."""
    shape: type[serializers.Serializer[Any]]
    answer: type[serializers.Serializer[Any]]


SOFT_ASKS = Resource(
    "soft_ask", "Soft asks", "soft_ask", "soft_asks", shapes.SoftAskShape, shapes.SoftAskAnswer
)
REDIRECTS = Resource(
    "redirect",
    "Redirect rules",
    "redirect_rule",
    "redirect_rules",
    shapes.RedirectShape,
    shapes.RedirectAnswer,
)


class CampaignView(ManageView):
    """A view of one of the two resources."""

    resource: ClassVar[Resource]

    def rows(self, app: App) -> QuerySet[Campaign]:
        """The campaigns of this kind."""
        rows = Campaign.objects.filter(app=app, kind=self.resource.kind)
        return rows.select_related("published", "submitted")

    def told(self, app: App, pk: int, *, status: int = 200) -> Response:
        """The object as stored, with its ETag."""
        row = self.rows(app).get(pk=pk)
        return Response(shapes.as_json(row), status=status, headers=etag(row.version))


class CampaignList(CampaignView):
    """All of the app; `?status=` and `?moment=` narrow it."""

    pagination_class = Pages

    def get(self, request: Request) -> Response:
        """One page, oldest first."""
        rows, wanted = self.rows(self.app), asked(shapes.FilterShape, request)
        if status := wanted.get("status"):
            rows = rows.filter(status=status)
        if moment := wanted.get("moment"):
            rows = rows.filter(moment__key=moment)
        return self.page(rows, shapes.as_json)

    def post(self, request: Request) -> Response:
        """A new draft, finished or not."""
        app = self.app
        draft = shapes.draft_in(self.resource.kind, valid(self.resource.shape, request.data))
        row = create_campaign(app=app, draft=draft, actor=self.actor)
        return self.told(app, row.pk, status=201)


class CampaignDetail(CampaignView):
    """One of them, by id."""

    def get(self, request: Request, pk: int) -> Response:
        """The object and its ETag."""
        return self.told(self.app, pk)

    def put(self, request: Request, pk: int) -> Response:
        """Replace the working copy, variants included."""
        return self._write(request, pk, partial=False)

    def patch(self, request: Request, pk: int) -> Response:
        """Change what is sent; `variants` are replaced as a whole."""
        return self._write(request, pk, partial=True)

    def _write(self, request: Request, pk: int, *, partial: bool) -> Response:
        version = expected_version(request)
        app = self.app
        row = self.rows(app).get(pk=pk)
        base = {"name": row.name, **row.content} if partial else {}
        sent = valid(self.resource.shape, {**base, **body_of(request)})
        update_campaign(
            campaign_id=pk,
            app=app,
            draft=shapes.draft_in(self.resource.kind, sent),
            expected_version=version,
            actor=self.actor,
        )
        return self.told(app, pk)


class CampaignSteps(CampaignView):
    """The workflow."""

    writes = Role.REVIEWER

    def post(self, request: Request, pk: int) -> Response:
        """Take one step."""
        app = self.app
        self.rows(app).get(pk=pk)
        sent = valid(shapes.StepShape, request.data)
        take_step(
            campaign_id=pk,
            app=app,
            action=sent["action"],
            actor=self.actor,
            role=self.caller.role,
            note=sent["note"],
        )
        return self.told(app, pk)


def described(kind: type[CampaignView], resource: Resource) -> type[CampaignView]:
    """The view of one resource, with its own names in the description of the API."""
    shape, answer = resource.shape, resource.answer
    view = type(kind.__name__, (kind,), {"resource": resource, "tag": resource.tag})
    operations = {
        CampaignList: {
            "get": extend_schema(
                operation_id=f"list_{resource.many}",
                parameters=[shapes.FilterShape],
                responses=answer(many=True),
            ),
            "post": extend_schema(
                operation_id=f"create_{resource.one}", request=shape, responses={201: answer}
            ),
        },
        CampaignDetail: {
            "get": extend_schema(operation_id=f"read_{resource.one}", responses=answer),
            "put": extend_schema(
                operation_id=f"replace_{resource.one}", request=shape, responses=answer
            ),
            "patch": extend_schema(
                operation_id=f"update_{resource.one}", request=shape, responses=answer
            ),
        },
        CampaignSteps: {
            "post": extend_schema(
                operation_id=f"take_{resource.one}_step",
                request=shapes.StepShape,
                responses=answer,
            )
        },
    }
    annotated: type[CampaignView] = extend_schema_view(**operations[kind])(view)
    return annotated
