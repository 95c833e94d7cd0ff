"""`/api/v1/manage/setup`: the whole set-up of the app as one YAML file; what another file would change; applying it.

The plan, its words and its faults are those of the Set-up page. What is live stays live: soft asks and redirects
change as drafts.
"""

from typing import IO, Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.domain.setup_fates import SECTION_NAMES, VERDICTS, Item, Plan
from campaigns.domain.setup_yaml import LARGEST, MOST_PROBLEMS, Unreadable, decode
from campaigns.services.setup import (
    SetupMoved,
    digest_of,
    export_setup,
    put_setup,
    try_setup,
)
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.problems import Refused, problem_body

YAML = "application/yaml"
FILE: dict[str, Any] = {
    "oneask": 1,
    "moments": {
        "order_placed": {
            "name": "Order placed",
            "event": "Order Placed",
            "status": "active",
            "opening": False,
            "conditions": [],
        }
    },
}
PLAN: dict[str, Any] = {
    "changes": True,
    "foreign": "",
    "counts": {"created": 1, "changed": 0, "unchanged": 0, "alone": 2},
    "items": [
        {
            "section": "moments",
            "section_name": "Value moments",
            "key": "order_placed",
            "name": "Order placed",
            "verdict": "created",
            "changes": [{"label": "event", "old": "", "new": "Order Placed"}],
            "notes": [],
        }
    ],
}


class SetupCountsAnswer(serializers.Serializer[Any]):
    """How many things meet each fate."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    alone = serializers.IntegerField(help_text="Only in the app; the file does not speak of them.")


class SetupChangeAnswer(serializers.Serializer[Any]):
    """One field in words; the empty text stands for nothing."""

    label = serializers.CharField()  # type: ignore[assignment]  # the field, not that of the form
    old = serializers.CharField(allow_blank=True)
    new = serializers.CharField(allow_blank=True)


class SetupItemAnswer(serializers.Serializer[Any]):
    """One thing and what becomes of it."""

    section = serializers.ChoiceField(choices=list(SECTION_NAMES))
    section_name = serializers.CharField()
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    verdict = serializers.ChoiceField(choices=VERDICTS)
    changes = SetupChangeAnswer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class SetupPlanAnswer(serializers.Serializer[Any]):
    """What a file changes, in the words of the Set-up page."""

    changes = serializers.BooleanField(help_text="Whether it changes anything at all.")
    foreign = serializers.CharField(
        allow_blank=True, help_text="The app that the file was written for, if that is another."
    )
    counts = SetupCountsAnswer()
    items = SetupItemAnswer(many=True)


class YamlParser(BaseParser):
    """A file of at most LARGEST bytes, as text."""

    media_type = YAML

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The text. Raises Refused when it is too large, Unreadable when it is no text."""
        raw: bytes = cast(IO[bytes], stream).read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Refused(413, "body_too_large", f"A set-up file may have {LARGEST} bytes.")
        return decode(raw)


_BODY = {YAML: OpenApiTypes.OBJECT}
_EXAMPLES = [
    OpenApiExample("A new moment", value=FILE, media_type=YAML, request_only=True),
    OpenApiExample("A moment is made", value=PLAN, response_only=True, status_codes=["200"]),
]
_ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="The set-up as it stands; send it as If-Match to change it.",
)


class SetupView(ManageView):
    """What they share."""

    tag = "Set-up"
    parser_classes = (YamlParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what Django would take for an empty file."""
        super().initial(request, *args, **kwargs)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            raise Refused(411, "length_required", "Send the file with its Content-Length.")

    def handle_exception(self, exc: Exception) -> Response:
        """A file with faults is told with all of them, each with its line."""
        if isinstance(exc, Unreadable):
            body = faults(exc)
        elif isinstance(exc, SetupMoved):
            body = problem_body(
                status=412, code="version_conflict", detail="The set-up changed. Read it again."
            )
        else:
            return super().handle_exception(exc)
        response = Response(body, status=body["status"])
        if isinstance(exc, SetupMoved):
            response["ETag"] = f'"{exc.digest}"'
        response.problem = True  # type: ignore[attr-defined]  # how the renderer knows it
        response.exception = True
        return response


class SetupFile(SetupView):
    """The file of the app."""

    @extend_schema(
        operation_id="read_setup",
        responses={(200, YAML): OpenApiResponse(OpenApiTypes.OBJECT, description="The file.")},
        examples=[OpenApiExample("One moment", value=FILE, media_type=YAML, response_only=True)],
    )
    def get(self, request: Request) -> HttpResponse:
        """Everything a team wrote for the app, as one YAML file, always in the same order.

        It leaves its entry in the audit trail, as a download does.
        """
        text = export_setup(app=self.app, actor=self.actor)
        return HttpResponse(
            text,
            content_type=f"{YAML}; charset=utf-8",
            headers={"ETag": f'"{digest_of(text)}"', "Cache-Control": "no-store"},
        )

    @extend_schema(
        operation_id="apply_setup", request=_BODY, responses=SetupPlanAnswer, examples=_EXAMPLES
    )
    def put(self, request: Request) -> Response:
        """Do what the file says, all of it or nothing, and tell what that was.

        What the file does not mention is left alone. Soft asks and redirects change as drafts and wait for a review;
        moments, segments and the fatigue budget change at once. Send the ETag of the file or of the plan as If-Match.
        """
        expected = request.headers.get("If-Match", "").strip()
        if not expected:
            raise Refused(
                428,
                "if_match_needed",
                "Send the ETag you read as If-Match, so nobody is overwritten.",
            )
        plan, digest = put_setup(
            app=self.app,
            text=text_of(request),
            digest=expected.removeprefix("W/").strip('"'),
            actor=self.actor,
        )
        return Response(as_json(plan), headers={"ETag": f'"{digest}"'})


class SetupPlan(SetupView):
    """What a file would change."""

    @extend_schema(
        operation_id="plan_setup",
        request=_BODY,
        responses=SetupPlanAnswer,
        parameters=[_ETAG],
        examples=_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Hold a file against the app and tell what it would change; nothing is written.

        A file with faults is a 422 whose `errors` name each with its line.
        """
        checked = try_setup(app=self.app, text=text_of(request), actor=self.actor)
        return Response(as_json(checked.plan), headers={"ETag": f'"{checked.digest}"'})


def text_of(request: Request) -> str:
    """The file that was sent; an empty body is an empty file."""
    sent: Any = request.data
    return sent if isinstance(sent, str) else ""


def as_json(plan: Plan) -> dict[str, Any]:
    """A plan as the API shows it."""
    return {
        "changes": plan.changes_something,
        "foreign": plan.foreign,
        "counts": {verdict: plan.count(verdict) for verdict in VERDICTS},
        "items": [_item(item) for item in plan.items],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "section": item.section,
        "section_name": SECTION_NAMES[item.section],
        "key": item.key,
        "name": item.name,
        "verdict": item.verdict,
        "changes": [
            {"label": change.label, "old": change.old, "new": change.new} for change in item.changes
        ],
        "notes": list(item.notes),
    }


def faults(unreadable: Unreadable) -> dict[str, Any]:
    """All that is wrong with a file (of very many the first ones), as a problem."""
    problems = unreadable.problems
    told = "One thing keeps" if len(problems) == 1 else f"{len(problems)} things keep"
    body = problem_body(status=422, code="invalid", detail=f"{told} this file from being imported.")
    body["errors"] = [
        {"field": one.where, "detail": one.sentence, **({"line": one.line} if one.line else {})}
        for one in problems[:MOST_PROBLEMS]
    ]
    return body
