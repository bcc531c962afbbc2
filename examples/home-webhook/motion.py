import os
import sys

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:18789")
SECRET = os.environ.get("OPENCLAW_WEBHOOK_SECRET") or sys.exit("OPENCLAW_WEBHOOK_SECRET is missing: README.md says how to make one.")


def motion_detected(location):
    response = requests.post(
        f"{URL}/webhook/home-event",
        headers={"X-Webhook-Secret": SECRET},
        json={"service": "security", "event": "motion_detected", "location": location},
        timeout=10,
    )
    if not response.ok:
        sys.exit(f"{response.status_code}: {response.json()['error']['message']}")
    return response.json()["turnId"]


print(motion_detected(sys.argv[1]))
