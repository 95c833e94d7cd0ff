"""The addresses of the management API alone."""

from __future__ import annotations

from django.urls import include, path

from permissions_app.api.normalize import normalize

urlpatterns = [
    path("api/v1/normalize", normalize),
    path("api/v1/manage/", include("permissions_app.api.manage.urls")),
    path("api/v1/manage/", include("campaigns.api.manage.urls")),
]
