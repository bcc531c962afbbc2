import os
import sys

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:3000")
KEY = os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one.")


def draft_support_response(ticket_content):
    response = requests.post(
        f"{URL}/api/sessions/spawn",
        headers={"Authorization": f"Bearer {KEY}"},
        json={
            "task": f"""Draft a helpful customer support response for:

{ticket_content}

Be professional, empathetic, and provide actionable solutions."""
        },
        timeout=300,
    )
    if not response.ok:
        sys.exit(f"{response.status_code}: {response.json()['error']['message']}")
    return response.json()["reply"]


print(draft_support_response(sys.stdin.read().strip()))
