"""Addresses of the pages about what we do: moments, soft asks, redirects, and devices."""

from django.urls import path

from campaigns.web import campaigns, devices, editor, live_preview, moments

APP = "w/<slug:workspace>/<slug:app>/"
ONE = f"{APP}campaigns/<int:pk>/"
SOFT_ASK, REDIRECT = {"kind": "soft_ask"}, {"kind": "redirect"}

urlpatterns = [
    path(f"{APP}moments/", moments.moments, name="moments"),
    path(f"{APP}moments/new/", moments.new_moment, name="new_moment"),
    path(f"{APP}moments/check/", moments.moment_check, name="moment_check"),
    path(f"{APP}moments/on/<slug:key>/", moments.moment_page, name="moment"),
    path(f"{APP}moments/on/<slug:key>/status/", moments.moment_status, name="moment_status"),
    path(f"{APP}soft-asks/", campaigns.campaigns, SOFT_ASK, name="soft_asks"),
    path(f"{APP}soft-asks/bulk/", campaigns.change_many, SOFT_ASK, name="soft_asks_bulk"),
    path(f"{APP}soft-asks/new/", editor.new_campaign, SOFT_ASK, name="new_soft_ask"),
    path(f"{APP}soft-asks/<int:pk>/", editor.campaign_page, SOFT_ASK, name="soft_ask"),
    path(f"{APP}redirects/", campaigns.campaigns, REDIRECT, name="redirects"),
    path(f"{APP}redirects/bulk/", campaigns.change_many, REDIRECT, name="redirects_bulk"),
    path(f"{APP}redirects/new/", editor.new_campaign, REDIRECT, name="new_redirect"),
    path(f"{APP}redirects/<int:pk>/", editor.campaign_page, REDIRECT, name="redirect_rule"),
    path(f"{ONE}steps/", editor.campaign_step, name="campaign_step"),
    path(f"{ONE}preview/", live_preview.campaign_preview, name="campaign_preview"),
    path(f"{APP}devices/", devices.devices, name="devices"),
    path(f"{APP}devices/<str:key>/", devices.device, name="device"),
]
