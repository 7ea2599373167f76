"""Answers encoded from a class have the members that the published document gives them."""

import httpx
from fastapi import FastAPI


def test_a_webhook_and_a_key_have_the_published_members(app: FastAPI, http: httpx.Client) -> None:
    components = app.openapi()["components"]["schemas"]
    webhook = http.post("/v1/webhooks", json={"url": "https://example.org/hook"}).json()
    path = f"/v1/webhooks/{webhook['id']}"
    ping = http.post(f"{path}:ping").json()
    answers = {
        "NewWebhook": webhook,
        "Webhook": http.get(path).json(),
        "Accepted": ping,
        "Delivery": http.get(f"{path}/deliveries").json()["items"][0],
        "NewKey": (made := http.post("/v1/keys", json={"principal": "desk", "role": "admin"}).json()),
    }
    answers["Key"] = http.get(f"/v1/keys/{made['id']}", headers={"Authorization": f"Bearer {made['key']}"}).json()
    assert answers["Delivery"]["id"] == ping["id"]
    for name, answer in answers.items():
        assert list(answer) == list(components[name]["properties"]) == components[name]["required"], name
