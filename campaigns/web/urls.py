"""Addresses of the pages about what we do: moments, soft asks, redirects, and devices."""

from django.urls import path

from campaigns.web import devices, moments, redirects, soft_asks

APP = "w/<slug:workspace>/<slug:app>/"

urlpatterns = [
    path(f"{APP}moments/", moments.moments, name="moments"),
    path(f"{APP}moments/new/", moments.new_moment, name="new_moment"),
    path(f"{APP}moments/check/", moments.moment_check, name="moment_check"),
    path(f"{APP}moments/on/<slug:key>/", moments.moment_page, name="moment"),
    path(f"{APP}moments/on/<slug:key>/status/", moments.moment_status, name="moment_status"),
    path(f"{APP}soft-asks/", soft_asks.soft_asks, name="soft_asks"),
    path(f"{APP}soft-asks/new/", soft_asks.new_soft_ask, name="new_soft_ask"),
    path(f"{APP}soft-asks/preview/", soft_asks.soft_ask_preview, name="soft_ask_preview"),
    path(f"{APP}soft-asks/<int:pk>/", soft_asks.soft_ask_page, name="soft_ask"),
    path(f"{APP}soft-asks/<int:pk>/status/", soft_asks.soft_ask_status, name="soft_ask_status"),
    path(f"{APP}redirects/", redirects.redirects, name="redirects"),
    path(f"{APP}redirects/new/", redirects.new_redirect, name="new_redirect"),
    path(f"{APP}redirects/preview/", redirects.redirect_preview, name="redirect_preview"),
    path(f"{APP}redirects/<int:pk>/", redirects.redirect_page, name="redirect_rule"),
    path(f"{APP}redirects/<int:pk>/status/", redirects.redirect_status, name="redirect_status"),
    path(f"{APP}devices/", devices.devices, name="devices"),
    path(f"{APP}devices/<str:key>/", devices.device, name="device"),
]
