import os
import sys
import time
import uuid

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:3000")
KEY = os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one.")


def send_with_retry(message, max_retries=3, timeout=120):
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(uuid.uuid4())}
    for attempt in range(max_retries + 1):
        wait = 2**attempt  # exponential backoff
        try:
            response = requests.post(f"{URL}/api/sessions/send", headers=headers, json={"sessionKey": "main", "message": message}, timeout=timeout)
        except requests.Timeout:
            problem = "No answer in time."
        else:
            if response.ok:
                return response.json()["reply"]
            problem = response.json()["error"]["message"]
            if response.status_code != 429:
                break
            wait = max(wait, int(response.headers.get("Retry-After", 0)))
        if attempt < max_retries:
            print(f"{problem} Waiting {wait} s", file=sys.stderr)
            time.sleep(wait)
    sys.exit(problem)


print(send_with_retry(sys.argv[1], timeout=float(os.environ.get("TIMEOUT", "120"))))
