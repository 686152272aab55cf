"""What the generator cannot know about this shop from its description."""

import itertools
import json
import os
import re
import uuid

import schemathesis

COUNTER = itertools.count(1)
VISITOR = os.environ.get("SOUK_VISITOR")

# Rules that no schema can state. A request that breaks nothing else fits its schema and is refused all the same.
BEYOND_SCHEMAS = {
    "cursor",  # opaque: only one that this list gave out is good
    "contradiction",  # `If-Match` names one version and the body another
    "unique",  # two entries of a list have the same name
    "webhook_url",  # where an address leads is beyond a pattern
    "either_or",  # of two ways to name events one is taken
    "option_values",  # one value per option of the product
}


@schemathesis.hook
def before_call(context, case, kwargs):
    """A key names one request, so each request gets its own; malformed ones go out as they are.

    And nobody dismisses the very member of staff who is visiting.
    """
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and 16 <= len(key) <= 255 and all("!" <= c <= "~" for c in key):
        headers["Idempotency-Key"] = f"external-test-{next(COUNTER):08}"
    if VISITOR and case.path_parameters and case.path_parameters.get("id") == VISITOR:
        case.path_parameters["id"] = str(uuid.UUID(int=next(COUNTER)))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but the refusals that no schema can foresee."""
    ids = case.path_parameters or {}
    if failure.code == "ST302" and ids.get("line_id") == ids.get("id") and "line_id" in ids:
        return False  # the generator asked a fresh cart for a line, by the cart's own id: there is none
    if failure.code != "ST202":
        return True
    try:
        problem = json.loads(response.content)
    except ValueError:
        return True
    if problem.get("code") == "webhook_signature_invalid":
        return False  # a provider signs the bytes, in a header of its own
    # The generator has its own idea of `If-Match` and calls well-formed what the described pattern rules out.
    if_match = (case.headers or {}).get("If-Match")
    if if_match is not None and not re.fullmatch(r'\*|"[0-9]{1,18}"', if_match):
        return False
    rules = {error["rule"] for error in problem.get("errors", [])}
    return not rules or not rules <= BEYOND_SCHEMAS


@schemathesis.check
def refusals_are_explained(ctx, response, case):
    """Every refusal is a problem document, and that of a malformed request names the broken rules."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind == "application/problem+json", f"{response.status_code} with a body of type {kind!r}"
    problem = json.loads(response.content)
    assert problem["status"] == response.status_code and problem["code"], "status and code belong to the refusal"
    if problem["code"] == "invalid_request":
        errors = problem.get("errors", [])
        assert errors and all(error["rule"] and error["detail"] for error in errors), "no rule is named"
