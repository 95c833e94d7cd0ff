"""Tables of what we do: campaigns, what is said about them, and the decisions made for devices."""

from campaigns.models.campaigns import (
    Campaign,
    CampaignStatus,
    DraftVersion,
    Revision,
)
from campaigns.models.decisions import DecisionLog
from campaigns.models.forecasts import Forecast
from campaigns.models.images import Image
from campaigns.models.segments import Segment, SegmentDay, SegmentMember
from campaigns.models.talk import Comment, Letter, ShareLink

__all__ = [
    "Campaign",
    "CampaignStatus",
    "Comment",
    "DecisionLog",
    "DraftVersion",
    "Forecast",
    "Image",
    "Letter",
    "Revision",
    "Segment",
    "SegmentDay",
    "SegmentMember",
    "ShareLink",
]
