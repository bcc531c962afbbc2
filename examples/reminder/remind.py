import os
import sys

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:18789")
KEY = os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one.")


def remind(when, text):
    response = requests.post(
        f"{URL}/api/cron/add",
        headers={"Authorization": f"Bearer {KEY}"},
        json={
            "job": {
                "name": text[:60],
                "schedule": {"kind": "at", "at": when},
                "payload": {"kind": "systemEvent", "text": f"Remind me now: {text}"},
                "sessionTarget": "main",
            }
        },
        timeout=30,
    )
    if not response.ok:
        sys.exit(f"{response.status_code}: {response.json()['error']['message']}")
    return response.json()


job = remind(sys.argv[1], " ".join(sys.argv[2:]))
print(job["describes"], f"({job['id']})")
