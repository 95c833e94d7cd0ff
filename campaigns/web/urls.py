"""Addresses of the pages about what we do: moments, soft asks, redirects, and devices."""

from django.urls import path

from campaigns.web import (
    campaigns,
    devices,
    drafting,
    editor,
    finder,
    images,
    live_preview,
    moment_check,
    moments,
    moments_map,
    review,
    shared,
    talk,
)

APP = "w/<slug:workspace>/<slug:app>/"
ONE = f"{APP}campaigns/<int:pk>/"
SOFT_ASK, REDIRECT = {"kind": "soft_ask"}, {"kind": "redirect"}

urlpatterns = [
    path(f"{APP}find/", finder.find, name="find"),
    path(f"{APP}moments/", moments_map.moments, name="moments"),
    path(f"{APP}moments/new/", moments.new_moment, name="new_moment"),
    path(f"{APP}moments/check/", moment_check.moment_check, name="moment_check"),
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
    path(f"{ONE}draft/", drafting.campaign_draft, name="campaign_draft"),
    path(f"{ONE}undo/", drafting.campaign_undo, name="campaign_undo"),
    path(f"{ONE}redo/", drafting.campaign_redo, name="campaign_redo"),
    path(f"{ONE}duplicate/", drafting.campaign_duplicate, name="campaign_duplicate"),
    path(f"{ONE}image/", images.campaign_image, name="campaign_image"),
    path(f"{ONE}preview/", live_preview.campaign_preview, name="campaign_preview"),
    path(f"{ONE}review/", review.campaign_review, name="campaign_review"),
    path(f"{ONE}revisions/", review.campaign_revisions, name="campaign_revisions"),
    path(f"{ONE}revisions/<int:number>/", review.campaign_revision, name="campaign_revision"),
    path(f"{ONE}revisions/<int:number>/revert/", review.revert, name="campaign_revert"),
    path(f"{ONE}comments/", talk.campaign_comments, name="campaign_comments"),
    path(f"{ONE}comments/<int:comment>/", talk.campaign_comment, name="campaign_comment"),
    path(f"{ONE}share/", talk.campaign_share, name="campaign_share"),
    path(f"{ONE}share/<int:link>/revoke/", talk.revoke_share, name="campaign_share_revoke"),
    path("i/<slug:name>.svg", images.builtin_picture, name="builtin_picture"),
    path("i/<slug:digest>.webp", images.uploaded_picture, name="uploaded_picture"),
    path("shared/<str:token>/", shared.shared, name="shared"),
    path(f"{APP}devices/", devices.devices, name="devices"),
    path(f"{APP}devices/<str:key>/", devices.device, name="device"),
]
