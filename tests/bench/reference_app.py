"""The reference: a Django project with one view that returns a constant, without any middleware."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

ANSWER = (
    b'{"decision_id":"00000000-0000-4000-8000-000000000000.n0.0..order_placed","action":"none",'
    b'"reason":"already_authorized","moment":"order_placed"}'
)


def constant(request: HttpRequest) -> HttpResponse:
    """Answer every request alike."""
    return HttpResponse(
        ANSWER,
        headers={"Content-Type": "application/json", "Content-Length": str(len(ANSWER))},
    )


urlpatterns = [path("api/v1/decisions", constant)]

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="a key that protects a constant",
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        USE_I18N=False,
        USE_TZ=True,
    )

application = get_wsgi_application()
