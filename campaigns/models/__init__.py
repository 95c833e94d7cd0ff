"""Tables of what we do: campaigns, what is said about them, and the decisions made for devices."""

from campaigns.models.alerts import Alert, AlertMessage, AlertSettings
from campaigns.models.campaigns import (
    Campaign,
    CampaignStatus,
    DraftVersion,
    Revision,
)
from campaigns.models.decisions import DecisionLog
from campaigns.models.digests import DigestLetter, DigestReader
from campaigns.models.forecasts import Forecast
from campaigns.models.images import Image
from campaigns.models.made import MadeDecision
from campaigns.models.segments import Segment, SegmentDay, SegmentMember
from campaigns.models.talk import Comment, Letter, ShareLink
from campaigns.models.webhooks import (
    GrantedVerdict,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

__all__ = [
    "Alert",
    "AlertMessage",
    "AlertSettings",
    "Campaign",
    "CampaignStatus",
    "Comment",
    "DecisionLog",
    "DigestLetter",
    "DigestReader",
    "DraftVersion",
    "Forecast",
    "GrantedVerdict",
    "Image",
    "Letter",
    "MadeDecision",
    "Revision",
    "Segment",
    "SegmentDay",
    "SegmentMember",
    "ShareLink",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
]
