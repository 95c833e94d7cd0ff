"""Who may call the management API.

Programs call with a secret key of an app, from a server. A secret key that arrives from a browser has leaked: it is
refused, so that nobody builds on it.

People who are signed in may call from our own pages, which is how the interactive description works without a key.
Their session counts only with the header `X-OneAsk-App`, which names the app as `workspace/app` and which no form of
another site can send; what changes something needs the CSRF token as well. They may do what their role may do on the
pages.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from permissions_app.api.manage.problems import Refused
from permissions_app.models import Role, User
from permissions_app.selectors.access import at_least, visible_apps
from permissions_app.selectors.keys import KeyContext, authenticate

APP_HEADER = "X-OneAsk-App"
KEYS_ACT_AS = Role.EDITOR
"""A key writes like an editor; verdicts are given by people."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands where Django expects a user.

    `role`: how it acts on what people do. `person`: None for a key. `label`: the address of a person or the prefix of a
    key; requests with one label are counted together.
    """

    app_id: int
    role: Role
    label: str
    kind: str
    """"sk" or "pk" for a key, "person" for a session."""
    person: User | None = None
    is_authenticated: bool = True


def key_of(request: HttpRequest) -> KeyContext:
    """The key of a request. Raises Refused: 401 without a valid one, 403 for a secret in a browser."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Refused(401, "key_missing", "Send a key as “Authorization: Bearer <key>”.")
    context = authenticate(text.strip())
    if context is None:
        raise Refused(401, "key_unknown", "This key is unknown or was revoked.")
    if context.kind == "sk" and "Origin" in request.headers:
        raise Refused(
            403,
            "secret_key_in_browser",
            "A secret key came from a browser, where everybody can read it. Revoke it, and call "
            "from a server.",
        )
    return context


class KeyAuthentication(BaseAuthentication):
    """By API key."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The caller; None where the request carries no key but names an app. Raises Refused."""
        if "Authorization" not in request.headers and APP_HEADER in request.headers:
            return None
        key = key_of(request._request)
        return Caller(key.app_id, KEYS_ACT_AS, key.prefix, key.kind), key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class MemberAuthentication(BaseAuthentication):
    """By the session of somebody who is signed in, on our own pages."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """The caller. Raises Refused: 401 for nobody, 403 for a forged request, 404 for an app of others."""
        person = getattr(request._request, "user", None)
        if not isinstance(person, User) or not person.is_active:
            raise Refused(401, "not_signed_in", "Sign in, or send a key.")
        if request.method not in SAFE_METHODS:
            _refuse_forged(request._request)
        named = request.headers[APP_HEADER]
        for seen in visible_apps(user_id=person.pk):
            if f"{seen.workspace.slug}/{seen.app.slug}" == named:
                return Caller(seen.app.pk, seen.role, person.email, "person", person), seen
        raise Refused(404, "not_found", "There is no such app here.")


def _refuse_forged(request: HttpRequest) -> None:
    """Raise Refused unless the request carries the CSRF token of its session and comes from our own pages."""

    def nothing(_: HttpRequest) -> Any:
        raise AssertionError("the check answers by itself")

    check = CSRFCheck(nothing)
    check.process_request(request)
    if check.process_view(request, nothing, (), {}):
        raise Refused(
            403, "csrf_failed", "The CSRF token is missing or wrong. Load the page again."
        )


class MayCall(BasePermission):
    """Publishable keys sit in shipped apps and may not manage anything; people may do what their role may."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True; raises Refused otherwise."""
        caller: Any = request.user
        if caller.kind == "pk":
            raise Refused(403, "secret_key_needed", "This address needs a secret key (sk_…).")
        if caller.kind == "person":
            told: Any = view
            need(caller, told.reads if request.method in SAFE_METHODS else told.writes)
        return True


def need(caller: Caller, role: Role) -> None:
    """Raise Refused where a person has a weaker role; programs with a secret key may call everything."""
    if caller.kind == "person" and not at_least(role=caller.role, needed=role):
        raise Refused(403, "role_too_weak", f"This needs the role {role.label.lower()}.")
