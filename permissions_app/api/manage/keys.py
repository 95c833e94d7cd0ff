"""`/api/v1/manage/keys`: the keys of the app.

Everybody who may call may list them. Making and revoking keys takes an owner, or a secret key that an owner gave this
power when they made it (docs/decisions/0014).
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.bodies import asked, valid
from permissions_app.api.manage.pages import Pages
from permissions_app.api.manage.problems import Refused
from permissions_app.models import Actor, ApiKey, Role
from permissions_app.services.keys import LONGEST_NAME, create_key, revoke_key

STORED = {
    "key": "sk_4fT9aQ2x",
    "kind": "sk",
    "name": "Nightly export",
    "text": None,
    "manages_keys": False,
    "own": False,
    "created_by": "Alice",
    "created_at": "2026-11-23T19:00:00Z",
    "revoked_at": None,
}


@extend_schema_serializer(
    examples=[OpenApiExample("A secret key", value={"kind": "sk", "name": "Nightly export"})]
)
class KeyShape(serializers.Serializer[Any]):
    """A key that is to be made."""

    kind = serializers.ChoiceField(
        choices=ApiKey.Kind.values, help_text="pk: publishable, for apps; sk: secret, for servers."
    )
    name = serializers.CharField(max_length=LONGEST_NAME, help_text="Where it is used.")
    manages_keys = serializers.BooleanField(
        default=False, help_text="Whether it may make and revoke keys. Only people give this."
    )


class KeyFilterShape(serializers.Serializer[Any]):
    """Which keys are listed."""

    revoked = serializers.BooleanField(
        default=False, help_text="Whether those that were revoked are listed as well."
    )


@extend_schema_serializer(examples=[OpenApiExample("A secret key", value=STORED)])
class KeyAnswer(serializers.Serializer[Any]):
    """A key by its public part."""

    key = serializers.CharField(help_text="Its public part; the trail names it so.")
    kind = serializers.ChoiceField(choices=ApiKey.Kind.values)
    name = serializers.CharField()
    text = serializers.CharField(
        allow_null=True, help_text="The whole of a publishable key; null for a secret one."
    )
    manages_keys = serializers.BooleanField()
    own = serializers.BooleanField(help_text="Whether it is the one you call with.")
    created_by = serializers.CharField(
        allow_null=True, help_text="Who answers for it; null where nobody is known."
    )
    created_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("A secret key", value={**STORED, "text": "sk_4fT9aQ2x_hG7…", "own": False})
    ]
)
class NewKeyAnswer(KeyAnswer):
    """A key that was just made: the only answer that ever holds the text of a secret one."""

    text = serializers.CharField(help_text="The whole key. Keep it now: it is never shown again.")


def as_json(key: ApiKey, *, caller: str) -> dict[str, Any]:
    """A key as the API shows it. `caller`: the public part of the key that calls."""
    return {
        "key": key.prefix,
        "kind": key.kind,
        "name": key.name,
        "text": key.readable or None,
        "manages_keys": key.manages_keys,
        "own": key.prefix == caller,
        "created_by": str(key.created_by) if key.created_by else None,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


class KeyView(ManageView):
    """What they share."""

    tag = "Keys"
    writes = Role.OWNER

    @property
    def keys(self) -> QuerySet[ApiKey]:
        """The keys of the app."""
        return self.app.keys.select_related("created_by", "app__workspace")

    def manager(self) -> Actor:
        """Whoever calls, who may make and revoke keys. Raises Refused."""
        actor = self.actor
        if isinstance(actor, ApiKey) and not actor.manages_keys:
            detail = "This key may not make or revoke keys. An owner can, or a key that an owner made for it."
            raise Refused(403, "not_for_you", detail)
        return actor


class KeyList(KeyView):
    """All keys."""

    pagination_class = Pages

    @extend_schema(
        operation_id="list_keys", parameters=[KeyFilterShape], responses=KeyAnswer(many=True)
    )
    def get(self, request: Request) -> Response:
        """One page of keys, oldest first; secrets are not among them."""
        keys = self.keys
        if not asked(KeyFilterShape, request)["revoked"]:
            keys = keys.filter(revoked_at=None)
        return self.page(keys, lambda key: as_json(key, caller=self.caller.label))

    @extend_schema(operation_id="create_key", request=KeyShape, responses={201: NewKeyAnswer})
    def post(self, request: Request) -> Response:
        """A new key. This answer alone holds the text of a secret one."""
        actor = self.manager()
        sent = valid(KeyShape, request.data)
        key, text = create_key(app=self.app, actor=actor, **sent)
        body = as_json(key, caller=self.caller.label) | {"text": text}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class KeyDetail(KeyView):
    """One key, by its public part."""

    @extend_schema(operation_id="read_key", responses=KeyAnswer)
    def get(self, request: Request, key: str) -> Response:
        """The key, without a secret."""
        return Response(as_json(self.keys.get(prefix=key), caller=self.caller.label))

    @extend_schema(operation_id="revoke_key", request=None, responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Revoke it for good; every process refuses it within two seconds. No key revokes itself."""
        actor = self.manager()
        revoke_key(key=self.keys.get(prefix=key), actor=actor)
        return Response(status=204)
