"""`/api/v1/manage/webhooks`: endpoints, their secrets, and the log of what was sent to them."""

import json
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.webhook_shapes import (
    DeliveryAnswer,
    DeliveryDetailAnswer,
    LogShape,
    WebhookAnswer,
    WebhookSecretAnswer,
    WebhookShape,
    WebhookStatusShape,
    as_json,
    sent_as_json,
)
from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.selectors.webhooks import deliveries, delivery_of, endpoint_of
from campaigns.services.webhook_endpoints import (
    EndpointDraft,
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
    update_endpoint,
)
from campaigns.services.webhooks import replay, send_test
from permissions_app.api.manage.access import ManageView, etag, expected_version, wished_version
from permissions_app.api.manage.bodies import asked, body_of, valid
from permissions_app.api.manage.pages import NewestFirst, Pages
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, Role


class WebhookView(ManageView):
    """What they share. An address is often a secret, so people who only look do not see it here."""

    tag = "Webhooks"
    reads = Role.EDITOR

    def told(self, endpoint: WebhookEndpoint, *, status: int = 200) -> Response:
        """An endpoint and its ETag."""
        return Response(as_json(endpoint), status=status, headers=etag(endpoint.version))

    def told_with_secret(self, endpoint: WebhookEndpoint, text: str, *, status: int) -> Response:
        """An endpoint with its secret, for programs and owners."""
        may = self.caller.person is None or self.caller.role == Role.OWNER
        body = {**as_json(endpoint), "secret": text if may else None}
        return Response(body, status=status, headers=etag(endpoint.version))


class WebhookList(WebhookView):
    """All endpoints of the app."""

    pagination_class = Pages

    @extend_schema(operation_id="list_webhooks", responses=WebhookAnswer(many=True))
    def get(self, request: Request) -> Response:
        """One page of endpoints, oldest first."""
        return self.page(WebhookEndpoint.objects.filter(app=self.app), as_json)

    @extend_schema(
        operation_id="create_webhook", request=WebhookShape, responses={201: WebhookSecretAnswer}
    )
    def post(self, request: Request) -> Response:
        """A new endpoint, enabled. Its secret is in this answer and in that of a rotation alone."""
        draft = _draft(valid(WebhookShape, request.data))
        endpoint, text = create_endpoint(app=self.app, draft=draft, actor=self.actor)
        return self.told_with_secret(endpoint, text, status=201)


class WebhookDetail(WebhookView):
    """One endpoint, by id."""

    may_be_versioned: ClassVar[frozenset[str]] = frozenset({"DELETE"})

    @extend_schema(operation_id="read_webhook", responses=WebhookAnswer)
    def get(self, request: Request, pk: int) -> Response:
        """The endpoint and its ETag."""
        return self.told(endpoint_of(app=self.app, pk=pk))

    @extend_schema(operation_id="replace_webhook", request=WebhookShape, responses=WebhookAnswer)
    def put(self, request: Request, pk: int) -> Response:
        """Replace name, address and events. Messages that wait go to the new address."""
        return self._write(request, pk, partial=False)

    @extend_schema(operation_id="update_webhook", request=WebhookShape, responses=WebhookAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is sent."""
        return self._write(request, pk, partial=True)

    @extend_schema(operation_id="delete_webhook", request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take it away with its log."""
        version = wished_version(request)
        delete_endpoint(app=self.app, pk=pk, actor=self.actor, expected_version=version)
        return Response(status=204)

    def _write(self, request: Request, pk: int, *, partial: bool) -> Response:
        version, app = expected_version(request), self.app
        stored = endpoint_of(app=app, pk=pk)
        base = {"name": stored.name, "url": stored.url, "events": stored.events} if partial else {}
        draft = _draft(valid(WebhookShape, {**base, **body_of(request)}))
        endpoint = update_endpoint(
            app=app, pk=pk, draft=draft, expected_version=version, actor=self.actor
        )
        return self.told(endpoint)


class WebhookStatus(WebhookView):
    """Enable or disable."""

    @extend_schema(
        operation_id="set_webhook_status", request=WebhookStatusShape, responses=WebhookAnswer
    )
    def post(self, request: Request, pk: int) -> Response:
        """Enable or disable it; saying it again changes nothing. What waits for a disabled one is given up."""
        app, sent = self.app, valid(WebhookStatusShape, request.data)
        if sent["status"] == "enabled":
            return self.told(enable_endpoint(app=app, pk=pk, actor=self.actor))
        endpoint = disable_endpoint(
            app=app, pk=pk, reason="person", actor=self.actor, now=timezone.now()
        )
        return self.told(endpoint)


class WebhookRotate(WebhookView):
    """A new secret."""

    writes = Role.OWNER
    may_be_versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    @extend_schema(
        operation_id="rotate_webhook_secret", request=None, responses=WebhookSecretAnswer
    )
    def post(self, request: Request, pk: int) -> Response:
        """Make a new secret. Messages are signed with the old one as well for 24 hours."""
        endpoint, text = rotate_secret(
            app=self.app,
            pk=pk,
            actor=self.actor,
            now=timezone.now(),
            expected_version=wished_version(request),
        )
        return self.told_with_secret(endpoint, text, status=200)


class WebhookTest(WebhookView):
    """A test."""

    @extend_schema(operation_id="test_webhook", request=None, responses={202: DeliveryAnswer})
    def post(self, request: Request, pk: int) -> Response:
        """Send a message of the type `webhook.test`. It is tried once; read its delivery to see what came of it."""
        endpoint = endpoint_of(app=self.app, pk=pk)
        sent = send_test(endpoint=endpoint, actor=self.actor, now=timezone.now())
        if sent is None:
            raise _disabled()
        return Response(sent_as_json(sent), status=202)


class DeliveryList(WebhookView):
    """The log of an endpoint."""

    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_webhook_deliveries",
        parameters=[LogShape],
        responses=DeliveryAnswer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """One page of what was sent to it or waits, newest first; kept for 30 days."""
        wanted = asked(LogShape, request)
        rows = deliveries(
            endpoint=endpoint_of(app=self.app, pk=pk).pk,
            kind=wanted.get("type", ""),
            state=wanted.get("state", ""),
        )
        return self.page(rows, sent_as_json)


class DeliveryDetail(WebhookView):
    """One message for an endpoint."""

    @extend_schema(operation_id="read_webhook_delivery", responses=DeliveryDetailAnswer)
    def get(self, request: Request, pk: int, delivery: int) -> Response:
        """What is sent, and every try."""
        row = found(self.app, pk, delivery)
        attempts = [
            {
                "at": one.at,
                "status": one.status,
                "error": one.error,
                "milliseconds": one.milliseconds,
            }
            for one in row.attempts.all()
        ]
        payload = json.loads(row.message.body)
        return Response({**sent_as_json(row), "payload": payload, "attempts": attempts})


class DeliveryReplay(WebhookView):
    """Sending again."""

    @extend_schema(
        operation_id="replay_webhook_delivery", request=None, responses={202: DeliveryAnswer}
    )
    def post(self, request: Request, pk: int, delivery: int) -> Response:
        """Send it again as it was, with the same webhook-id and all tries before it."""
        app = self.app
        row = found(app, pk, delivery)
        if row.endpoint.disabled_at is not None:
            raise _disabled()
        again = replay(delivery_id=row.pk, app=app, actor=self.actor, now=timezone.now())
        return Response(sent_as_json(again), status=202)


def found(app: App, endpoint: int, pk: int) -> WebhookDelivery:
    """A delivery of an endpoint of the app. Raises Http404."""
    try:
        return delivery_of(app=app, pk=pk, endpoint=endpoint)
    except WebhookDelivery.DoesNotExist:
        raise Http404("no such delivery") from None


def _draft(sent: dict[str, Any]) -> EndpointDraft:
    return EndpointDraft(sent["name"], sent["url"], sent["events"])


def _disabled() -> Invalid:
    return Invalid({"": "The webhook is disabled. Enable it first."})
