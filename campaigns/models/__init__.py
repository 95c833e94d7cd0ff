"""Tables of what we do: campaigns and the decisions made for devices."""

from campaigns.models.campaigns import (
    CampaignStatus,
    CopyVariant,
    RedirectRule,
    SoftAsk,
)
from campaigns.models.decisions import DecisionLog

__all__ = ["CampaignStatus", "CopyVariant", "DecisionLog", "RedirectRule", "SoftAsk"]
