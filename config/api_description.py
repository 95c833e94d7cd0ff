"""What the management API says about itself before its operations begin."""

from __future__ import annotations

from typing import Any

DESCRIPTION = """\
Everything that the pages do, for programs. Every request carries a secret key (`sk_…`) of one app as
`Authorization: Bearer <key>`, and sees that app alone.

- **Refusals** are problems (RFC 9457, `application/problem+json`) with a stable `code`, a sentence in `detail`, and
  `errors` that name the fields.
- **Lists** come a page at a time: `{next, previous, results}`. Follow `next` until it is null.
- **Changes** name the version they are made from: send the `ETag` you read as `If-Match`. 412 says that somebody else
  saved first, 428 that it is missing.
- **Sending again** is safe with an `Idempotency-Key`: the answer is that of the first time, for 24 hours. Another
  request under the same key is a 422, and one that is still at work a 409.
- **Limits**: `RateLimit` says how many requests are left, `Retry-After` on a 429 how long to wait.
- **`X-Request-Id`** names each request in our logs; send your own to find it by that.
"""

TAGS = [
    {"name": "App", "description": "The app that the key belongs to."},
    {"name": "Overview", "description": "The numbers of the overview page."},
    {"name": "Metrics", "description": "The numbers of the pages under Learn."},
    {"name": "Moments", "description": "Value moments: when a notification becomes concrete."},
    {"name": "Soft asks", "description": "The app's own dialog before that of the system."},
    {"name": "Redirect rules", "description": "The way to Settings for those who refused."},
    {"name": "Set-up", "description": "All that a team wrote for the app, as one YAML file."},
    {"name": "Devices", "description": "One device: its facts, its story, and why. Erasing it."},
    {"name": "Events", "description": "What arrived, as it arrives."},
    {"name": "Segments", "description": "Groups of devices, and who is in them."},
    {"name": "Webhooks", "description": "Who is told what, and what was sent."},
    {"name": "Workspace", "description": "The workspace of the app, and its people."},
    {
        "name": "Keys",
        "description": "API keys: listed by all, made and revoked by owners and by keys made for it.",
    },
    {"name": "Audit", "description": "Who changed what."},
]

SPECTACULAR: dict[str, Any] = {
    "TITLE": "OneAsk management API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "TAGS": TAGS,
    "SERVERS": [{"url": "/", "description": "This installation"}],
    "SCHEMA_PATH_PREFIX": "/api/v1/manage/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "permissions_app.api.manage.schema.without_marks",
        "permissions_app.api.manage.schema.without_defaults",
    ],
}
