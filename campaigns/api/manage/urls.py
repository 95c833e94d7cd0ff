"""Addresses of what teams do, below `/api/v1/manage/`; none ends in a slash."""

from django.urls import URLPattern, path

from campaigns.api.manage import (
    devices,
    findings,
    revisions,
    segment_files,
    segments,
    setup,
    variants,
    views,
    webhooks,
)
from campaigns.api.manage.metrics.funnel import FunnelMetrics
from campaigns.api.manage.metrics.league import LeagueMetrics
from campaigns.api.manage.metrics.recovery import RecoveryMetrics
from campaigns.api.manage.metrics.timing import TimingMetrics
from campaigns.api.manage.metrics.variants import VariantDetail, VariantList
from campaigns.api.manage.resources import REDIRECTS, SOFT_ASKS, CampaignView, Resource, described

BELOW_ONE: dict[str, type[CampaignView]] = {
    "": views.CampaignDetail,
    "/steps": views.CampaignSteps,
    "/copies": views.CampaignCopies,
    "/variants": variants.VariantList,
    "/variants/<str:variant>": variants.VariantDetail,
    "/revisions": revisions.RevisionList,
    "/revisions/<int:number>": revisions.RevisionDetail,
    "/revisions/<int:number>/revert": revisions.RevisionRevert,
    "/findings": findings.CampaignFindings,
    "/forecast": findings.CampaignForecast,
}

BELOW_WEBHOOK: dict[str, type[webhooks.WebhookView]] = {
    "": webhooks.WebhookDetail,
    "/status": webhooks.WebhookStatus,
    "/rotate": webhooks.WebhookRotate,
    "/test": webhooks.WebhookTest,
    "/deliveries": webhooks.DeliveryList,
    "/deliveries/<int:delivery>": webhooks.DeliveryDetail,
    "/deliveries/<int:delivery>/replay": webhooks.DeliveryReplay,
}


def _addresses(name: str, resource: Resource) -> list[URLPattern]:
    below = [
        path(f"{name}/<int:pk>{rest}", described(view, resource).as_view())
        for rest, view in BELOW_ONE.items()
    ]
    return [path(name, described(views.CampaignList, resource).as_view()), *below]


urlpatterns = [
    *_addresses("soft-asks", SOFT_ASKS),
    *_addresses("redirect-rules", REDIRECTS),
    path("metrics/funnel", FunnelMetrics.as_view()),
    path("metrics/recovery", RecoveryMetrics.as_view()),
    path("metrics/timing", TimingMetrics.as_view()),
    path("metrics/league", LeagueMetrics.as_view()),
    path("metrics/variants", VariantList.as_view()),
    path("metrics/variants/<str:campaign>", VariantDetail.as_view()),
    path("segments", segments.SegmentList.as_view(), name="manage-segments"),
    path("segments/<slug:key>", segments.SegmentDetail.as_view(), name="manage-segment"),
    path(
        "segments/<slug:key>/members",
        segments.SegmentMembers.as_view(),
        name="manage-segment-members",
    ),
    path(
        "segments/<slug:key>/members.csv",
        segment_files.SegmentFile.as_view(),
        name="manage-segment-file",
    ),
    path(
        "segments/<slug:key>/hand-off",
        segment_files.SegmentHandOff.as_view(),
        name="manage-segment-hand-off",
    ),
    path("setup", setup.SetupFile.as_view(), name="manage-setup"),
    path("setup/plan", setup.SetupPlan.as_view(), name="manage-setup-plan"),
    path("devices", devices.DeviceList.as_view(), name="manage-devices"),
    path("devices/<str:key>", devices.DeviceDetail.as_view(), name="manage-device"),
    path("devices/<str:key>/events", devices.DeviceEvents.as_view(), name="manage-device-events"),
    path(
        "devices/<str:key>/decisions",
        devices.DeviceDecisions.as_view(),
        name="manage-device-decisions",
    ),
    path(
        "devices/<str:key>/explain",
        devices.DeviceExplanation.as_view(),
        name="manage-device-explain",
    ),
    path("webhooks", webhooks.WebhookList.as_view()),
    *(path(f"webhooks/<int:pk>{rest}", view.as_view()) for rest, view in BELOW_WEBHOOK.items()),
]
