"""Addresses of soft asks and redirect rules below `/api/v1/manage/`; none ends in a slash."""

from django.urls import URLPattern, path

from campaigns.api.manage import segments, views


def _addresses(name: str, resource: views.Resource) -> list[URLPattern]:
    def view(kind: type[views.CampaignView]) -> type[views.CampaignView]:
        return type(kind.__name__, (kind,), {"resource": resource})

    return [
        path(name, view(views.CampaignList).as_view(), name=f"manage-{name}"),
        path(f"{name}/<int:pk>", view(views.CampaignDetail).as_view(), name=f"manage-{name}-one"),
        path(
            f"{name}/<int:pk>/steps",
            view(views.CampaignSteps).as_view(),
            name=f"manage-{name}-steps",
        ),
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
        segments.SegmentFile.as_view(),
        name="manage-segment-file",
    ),
]
