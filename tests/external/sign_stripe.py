"""Signs bodies as Stripe does, with Stripe's own SDK, and has it check what it made.

In: lines of {"secret", "body", "at"}. Out: a line with the header's value for each.
"""

import json
import sys

import stripe

for line in sys.stdin:
    asked = json.loads(line)
    signed = f"{asked['at']}.{asked['body']}"
    signature = stripe.WebhookSignature._compute_signature(signed, asked["secret"])
    header = f"t={asked['at']},v1={signature}"
    stripe.WebhookSignature.verify_header(asked["body"], header, asked["secret"], None)
    print(header)
