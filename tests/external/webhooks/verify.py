"""Verifies deliveries as a merchant's program in Python would: one JSON line in, the event's type out."""

import json
import sys

from standardwebhooks import Webhook

for line in sys.stdin:
    told = json.loads(line)
    print(Webhook(told["secret"]).verify(told["body"], told["headers"])["type"])
