"""Addresses below `/api/v1/manage/` that the app answers by itself; none ends in a slash."""

from django.urls import path

from permissions_app.api.manage import moments
from permissions_app.api.manage.events import EventTail
from permissions_app.api.manage.overview import OverviewNumbers

urlpatterns = [
    path("events", EventTail.as_view(), name="manage-events"),
    path("overview", OverviewNumbers.as_view(), name="manage-overview"),
    path("moments", moments.MomentList.as_view(), name="manage-moments"),
    path("moments/<str:key>", moments.MomentDetail.as_view(), name="manage-moment"),
    path("moments/<str:key>/status", moments.MomentStatus.as_view(), name="manage-moment-status"),
]
