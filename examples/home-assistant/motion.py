import os
import sys

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:18789")
KEY = os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one.")


def on_motion_detected(camera_name):
    response = requests.post(
        f"{URL}/api/sessions/main/messages",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"message": f"Motion detected on {camera_name}. Check the camera and let me know if anything looks unusual."},
        timeout=120,
    )
    if not response.ok:
        sys.exit(f"{response.status_code}: {response.json()['error']['message']}")
    return response.json()["response"]


print(on_motion_detected(sys.argv[1]))
