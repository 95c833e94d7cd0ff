"""What a team writes with the Python client that openapi-python-client makes: `management_client`, beside this file.

Prints what happened as JSON.
"""

from __future__ import annotations

import json
import os

from management_client import AuthenticatedClient
from management_client.api.moments import create_moment, list_moments, read_moment, update_moment
from management_client.models import Moment, MomentInput, MomentPage, PatchedMomentInput, Problem

client = AuthenticatedClient(
    base_url=os.environ["URL"],
    token=os.environ["SECRET"],
    raise_on_unexpected_status=True,
)
key = os.environ["IDEMPOTENCY_KEY"]
wanted = MomentInput(name="Goal set", event_name="Goal Set")

made = create_moment.sync_detailed(client=client, body=wanted, idempotency_key=key)
again = create_moment.sync_detailed(client=client, body=wanted, idempotency_key=key)
assert isinstance(made.parsed, Moment)
assert isinstance(again.parsed, Moment)
assert made.parsed.key == again.parsed.key

page = list_moments.sync(client=client, limit=1)
names: list[str] = []
while isinstance(page, MomentPage):
    names += [moment.name for moment in page.results]
    if page.next_ is None:
        break
    cursor = page.next_.split("cursor=")[1].split("&")[0]
    page = list_moments.sync(client=client, limit=1, cursor=cursor.replace("%3D", "="))

read = read_moment.sync_detailed(made.parsed.key, client=client)
etag = read.headers["ETag"]
change = PatchedMomentInput(name="Goal reached")
changed = update_moment.sync_detailed(made.parsed.key, client=client, body=change, if_match=etag)
late = update_moment.sync_detailed(made.parsed.key, client=client, body=change, if_match=etag)
assert isinstance(changed.parsed, Moment)
assert isinstance(late.parsed, Problem)

print(
    json.dumps(
        {
            "made": made.status_code,
            "replayed": again.headers.get("Idempotency-Replayed"),
            "names": names,
            "changed": changed.parsed.name,
            "late": [late.status_code, late.parsed.code],
        }
    )
)
