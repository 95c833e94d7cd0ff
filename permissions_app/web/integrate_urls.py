"""Addresses of the integrate page."""

from django.urls import path

from permissions_app.web import integrate

APP = "w/<slug:workspace>/<slug:app>/integrate/"

urlpatterns = [
    path(APP, integrate.integrate, name="integrate"),
    path(f"{APP}arrivals/", integrate.arrivals, name="arrivals"),
    path(f"{APP}keys/", integrate.new_key, name="new_key"),
    path(f"{APP}keys/<int:pk>/revoke/", integrate.end_key, name="end_key"),
]
