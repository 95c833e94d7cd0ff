"""Addresses below `/api/v1/` beside the busy ones; none ends in a slash, none redirects."""

from django.urls import include, path

from permissions_app.api.normalize import normalize

urlpatterns = [
    path("normalize", normalize, name="normalize"),
    path("manage/", include("permissions_app.api.manage.urls")),
    path("manage/", include("campaigns.api.manage.urls")),
]
