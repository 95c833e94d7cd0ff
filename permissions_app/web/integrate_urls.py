"""Addresses of the pages that help to connect an app."""

from django.urls import path

from permissions_app.web import guides, integrate, permission_values, self_check

APP = "w/<slug:workspace>/<slug:app>/integrate/"

urlpatterns = [
    path(APP, integrate.integrate, name="integrate"),
    path(f"{APP}arrivals/", integrate.arrivals, name="arrivals"),
    path(f"{APP}keys/", integrate.new_key, name="new_key"),
    path(f"{APP}keys/<int:pk>/revoke/", integrate.end_key, name="end_key"),
    path(f"{APP}check/", self_check.self_check, name="self_check"),
    path(f"{APP}check/start/", self_check.start_check, name="start_check"),
    path(f"{APP}values/", permission_values.permission_values, name="permission_values"),
    path(f"{APP}<slug:guide>/", guides.guide, name="guide"),
]
