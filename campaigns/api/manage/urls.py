"""Addresses of soft asks and redirect rules below `/api/v1/manage/`; none ends in a slash."""

from django.urls import URLPattern, path

from campaigns.api.manage import segment_files, segments, views


def _addresses(name: str, resource: views.Resource) -> list[URLPattern]:
    every = views.described(views.CampaignList, resource).as_view()
    one = views.described(views.CampaignDetail, resource).as_view()
    steps = views.described(views.CampaignSteps, resource).as_view()
    return [
        path(name, every, name=f"manage-{name}"),
        path(f"{name}/<int:pk>", one, name=f"manage-{name}-one"),
        path(f"{name}/<int:pk>/steps", steps, name=f"manage-{name}-steps"),
    ]


urlpatterns = [
    *_addresses("soft-asks", views.SOFT_ASKS),
    *_addresses("redirect-rules", views.REDIRECTS),
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
]
