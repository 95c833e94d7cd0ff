"""What a caller is told about its limit: the headers RateLimit-Policy and RateLimit (IETF draft), and Retry-After."""

import math

from permissions_app.domain.bucket import Quota, Taken


def rate_headers(*, group: str, quota: Quota, taken: Taken) -> dict[str, str]:
    """The headers after a request was counted; with Retry-After where it was refused. Seconds are rounded up."""
    told = {
        "RateLimit-Policy": f'"{group}";q={quota.limit};w={math.ceil(quota.window)}',
        "RateLimit": f'"{group}";r={taken.remaining};t={math.ceil(taken.reset)}',
    }
    if not taken.allowed:
        told["Retry-After"] = str(max(1, math.ceil(taken.retry_after)))
    return told
