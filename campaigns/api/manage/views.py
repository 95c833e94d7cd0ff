"""`/api/v1/manage/soft-asks` and `/api/v1/manage/redirect-rules`: the working copies, and the steps of the workflow."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage import shapes, stored
from campaigns.api.manage.resources import CampaignView, Resource
from campaigns.selectors.campaign_list import narrowed, narrowing
from campaigns.services.campaigns import create_campaign, duplicate_campaign, update_campaign
from campaigns.services.steps import NotAllowed, take_step
from permissions_app.api.manage.access import expected_version, wished_version
from permissions_app.api.manage.bodies import asked, body_of, valid
from permissions_app.api.manage.pages import Pages
from permissions_app.api.manage.problems import Refused
from permissions_app.domain.edits import check_version
from permissions_app.models import Role


class CampaignList(CampaignView):
    """All of the app, or those that a query asks for."""

    pagination_class = Pages

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How both methods are told."""
        return {
            "get": extend_schema(
                operation_id=f"list_{resource.many}",
                parameters=[shapes.FilterShape],
                responses=resource.answer(many=True),
            ),
            "post": extend_schema(
                operation_id=f"create_{resource.one}",
                request=resource.shape,
                responses={201: resource.answer},
            ),
        }

    def get(self, request: Request) -> Response:
        """One page, oldest first; archived ones too, unless a status is named."""
        wanted = narrowing(asked(shapes.FilterShape, request))
        return self.page(narrowed(self.rows(self.app), wanted, archived=True), stored.as_json)

    def post(self, request: Request) -> Response:
        """A new draft, finished or not."""
        app = self.app
        draft = shapes.draft_in(self.resource.kind, valid(self.resource.shape, request.data))
        row = create_campaign(app=app, draft=draft, actor=self.actor)
        return self.told(app, row.pk, status=201)


class CampaignDetail(CampaignView):
    """One of them, by id. There is no DELETE: what was shown to people stays; archive it with a step."""

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How the methods are told."""
        takes: dict[str, Any] = {"request": resource.shape, "responses": resource.answer}
        return {
            "get": extend_schema(operation_id=f"read_{resource.one}", responses=resource.answer),
            "put": extend_schema(operation_id=f"replace_{resource.one}", **takes),
            "patch": extend_schema(operation_id=f"update_{resource.one}", **takes),
        }

    def get(self, request: Request, pk: int) -> Response:
        """The working copy, where it stands on its way, and its ETag."""
        return self.told(self.app, pk)

    def put(self, request: Request, pk: int) -> Response:
        """Replace the working copy, variants included; what is missing takes its default.

        What is live stays as it is until the new words were reviewed and published.
        """
        return self._write(request, pk, partial=False)

    def patch(self, request: Request, pk: int) -> Response:
        """Change what is sent in the working copy; `variants` are replaced as a whole."""
        return self._write(request, pk, partial=True)

    def _write(self, request: Request, pk: int, *, partial: bool) -> Response:
        version = expected_version(request)
        row = self.found(pk)
        check_version(expected=version, current=row.version)
        base = {"name": row.name, **row.content} if partial else {}
        sent = valid(self.resource.shape, {**base, **body_of(request)})
        update_campaign(
            campaign_id=pk,
            app=row.app,
            draft=shapes.draft_in(self.resource.kind, sent),
            expected_version=version,
            actor=self.actor,
        )
        return self.told(row.app, pk)


class CampaignSteps(CampaignView):
    """The workflow."""

    writes = Role.REVIEWER
    may_be_versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"take_{resource.one}_step",
            request=shapes.StepShape,
            responses=resource.answer,
        )
        return {"post": told}

    def post(self, request: Request, pk: int) -> Response:
        """Take one step: send to review, publish what was approved, pause, archive, …

        A step that is not open is refused with what is missing: each text by its field, or what has to happen first.
        What the caller may not do is a 403: a key never approves. With If-Match the step is taken only on that version;
        pausing must not wait for one, so it may be left out.
        """
        version = wished_version(request)
        row = self.found(pk)
        sent = valid(shapes.StepShape, request.data)
        try:
            take_step(
                campaign_id=pk,
                app=row.app,
                action=sent["action"],
                actor=self.actor,
                role=self.caller.role,
                expected_version=version,
                note=sent["note"],
                override=sent["override"],
            )
        except NotAllowed as refused:
            raise Refused(403, "not_for_you", str(refused)) from None
        return self.told(row.app, pk)


class CampaignCopies(CampaignView):
    """Copies of one of them."""

    @classmethod
    def operations(cls, resource: Resource) -> dict[str, Any]:
        """How it is told."""
        told = extend_schema(
            operation_id=f"copy_{resource.one}", request=None, responses={201: resource.answer}
        )
        return {"post": told}

    def post(self, request: Request, pk: int) -> Response:
        """A new draft with the same words and settings, and no history."""
        app = self.found(pk).app
        row = duplicate_campaign(campaign_id=pk, app=app, actor=self.actor)
        return self.told(app, row.pk, status=201)
