"""Prepares visitors of a running shop and writes down how they prove who they are.

    visitor.py BASE_URL customer|staff FOLDER

Writes FOLDER/auth.json (Web Fuzzing Commons; the first entry is the visitor, the others are its peers) and
FOLDER/visitor (the visitor's user id). The staff member must exist already.
"""

import json
import pathlib
import sys
import time
import urllib.request
import uuid

PASSWORD = "correct-horse-battery-staple"
STAFF = "boss@shop.example"
HOME = {"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
        "postal_code": "SW1Y 4JH", "country": "GB"}


class Shop:
    def __init__(self, base, token=None):
        self.base, self.token = base, token

    def ask(self, method, path, body=None):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def signed_in(self, email):
        session = self.ask("POST", "/v1/sessions", {"email": email, "password": PASSWORD})
        return Shop(self.base, session["token"]), session

    def registered(self, name):
        email = f"{name}@visitors.example"
        self.ask("POST", "/v1/users", {"email": email, "password": PASSWORD, "name": name.title()})
        self.ask("POST", "/v1/users/verification", {"token": self.mailed_token(email)})
        return self.signed_in(email)

    def mailed_token(self, email):
        for _ in range(100):
            mails = self.ask("GET", f"/dev/mailbox.json?to={email}")["items"]
            texts = [mail["text"] for mail in mails if "token=" in mail["text"]]
            if texts:
                return texts[0].split("token=")[1].split()[0]
            time.sleep(0.1)
        raise SystemExit(f"no mail to {email}")

    def buys(self, email):
        """Something to read, ship, refund and cancel."""
        product = self.ask("GET", "/v1/products?limit=1")["items"][0]
        variant = self.ask("GET", f"/v1/products/{product['id']}")["variants"][0]
        lines = [{"variant_id": variant["id"], "quantity": 1}]
        cart = self.ask("POST", "/v1/carts", {"lines": lines})
        details = {"email": email, "shipping_address": HOME, "shipping_method": "standard"}
        cart = self.ask("PUT", f"/v1/carts/{cart['id']}/details", details)
        payment = {"provider": "sandbox", "token": "tok_approved"}
        checkout = {"version": cart["version"], "payment": payment}
        return self.ask("POST", f"/v1/carts/{cart['id']}/checkout", checkout)


def main(base, kind, folder):
    shop = Shop(base)
    if kind == "staff":
        people = {"staff": shop.signed_in(STAFF)}
        for _ in range(3):
            shop.buys("guest@visitors.example")
    else:
        people = {name: shop.registered(name) for name in ("ada", "eve")}
        for name, (client, session) in people.items():
            client.buys(session["user"]["email"])
            client.ask("POST", "/v1/me/addresses", {"address": HOME})
    header = lambda session: {"name": "Authorization", "value": f"Bearer {session['token']}"}
    entries = [{"name": name, "fixedHeaders": [header(session)]} for name, (_, session) in people.items()]
    folder.joinpath("auth.json").write_text(json.dumps({"auth": entries}))
    _, (_, session) = next(iter(people.items()))
    folder.joinpath("visitor").write_text(session["user"]["id"])


main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
