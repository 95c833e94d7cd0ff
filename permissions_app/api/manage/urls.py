"""Addresses below `/api/v1/manage/` that the app answers by itself; none ends in a slash."""

from django.urls import path

from permissions_app.api.manage import app, audit, keys, moments, stopping, workspace
from permissions_app.api.manage.events import EventTail
from permissions_app.api.manage.overview import OverviewNumbers

urlpatterns = [
    path("events", EventTail.as_view(), name="manage-events"),
    path("app", app.AppDetail.as_view()),
    path("app/stop", stopping.AppStop.as_view()),
    path("app/go-on", stopping.AppGoOn.as_view()),
    path("app/bundle-key", stopping.BundleKeyDetail.as_view()),
    path("workspace", workspace.WorkspaceDetail.as_view()),
    path("workspace/members", workspace.MemberList.as_view()),
    path("keys", keys.KeyList.as_view()),
    path("keys/<str:key>", keys.KeyDetail.as_view()),
    path("audit", audit.AuditList.as_view()),
    path("overview", OverviewNumbers.as_view(), name="manage-overview"),
    path("moments", moments.MomentList.as_view(), name="manage-moments"),
    path("moments/<str:key>", moments.MomentDetail.as_view(), name="manage-moment"),
    path("moments/<str:key>/status", moments.MomentStatus.as_view(), name="manage-moment-status"),
]
