"""What the generator cannot know about this shop from its description."""

import itertools
import json

import schemathesis

COUNTER = itertools.count(1)

# Refusals of well-formed requests that no schema can foresee.
UNFORESEEABLE = {
    # A cursor is opaque: only one that the list gave out is good.
    ("invalid_request", ("?cursor",)),
    # A provider signs the bytes of its webhook, in a header of its own.
    ("webhook_signature_invalid", ()),
}


@schemathesis.hook
def before_call(context, case, kwargs):
    """A key names one request, so that each request gets its own; malformed ones go out as they are."""
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and 16 <= len(key) <= 255 and all("!" <= c <= "~" for c in key):
        headers["Idempotency-Key"] = f"external-test-{next(COUNTER):08}"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but the refusals above."""
    if failure.code != "ST202":
        return True
    try:
        problem = json.loads(response.content)
    except ValueError:
        return True
    fields = tuple(error["field"] for error in problem.get("errors", []))
    return (problem.get("code"), fields) not in UNFORESEEABLE
