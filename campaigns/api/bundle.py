"""`GET /api/v1/bundle`: the rules of an app, signed, for clients that decide by themselves."""

import structlog

from campaigns.services.bundle import bundles
from permissions_app.api.hot import CORS, Environ, Reply, endpoint, problem, tags_in
from permissions_app.selectors.keys import KeyContext
from permissions_app.services.signing import KeyUnreadableError

CACHING = {
    # Any cache may keep it, and asks again each time: the answer is a short 304, and the server looks at the key of
    # whoever asks. Vary keeps the apps apart.
    "Cache-Control": "public, no-cache",
    "Vary": "Authorization, Accept-Encoding",
}

logger = structlog.get_logger(__name__)


def bundle(environ: Environ, caller: KeyContext) -> Reply:
    """200 with the signed bundle, 304 for a client that has it."""
    try:
        packed = bundles.get(caller.app_id)
    except KeyUnreadableError as error:
        logger.error("bundle.not_signed", app=caller.app_id, error=str(error))
        return problem(503, "not_signed", "the bundle cannot be signed now", Retry_After="60")
    gzip = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    told = packed.gzipped if gzip else packed.plain
    headers = {**CORS, **CACHING, "ETag": told.etag}
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if known and not tags_in(known).isdisjoint((told.etag, "*")):
        return Reply(304, b"", headers)
    headers |= {"Content-Type": "application/json", "Content-Length": str(len(told.content))}
    if gzip:
        headers["Content-Encoding"] = "gzip"
    return Reply(200, b"" if environ["REQUEST_METHOD"] == "HEAD" else told.content, headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and not to refuse it."""
    for told in accepted.lower().split(","):
        coding, _, weight = told.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


get_bundle = endpoint(bundle, group="bundle", methods=("GET", "HEAD"))
