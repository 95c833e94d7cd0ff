"""Addresses of the pages that help to connect an app."""

from django.urls import path

from permissions_app.web import guides, integrate

APP = "w/<slug:workspace>/<slug:app>/integrate/"

urlpatterns = [
    path(APP, integrate.integrate, name="integrate"),
    path(f"{APP}arrivals/", integrate.arrivals, name="arrivals"),
    path(f"{APP}keys/", integrate.new_key, name="new_key"),
    path(f"{APP}keys/<int:pk>/revoke/", integrate.end_key, name="end_key"),
    path(f"{APP}<slug:guide>/", guides.guide, name="guide"),
]
