import os
import sys
from typing import Optional

import requests


class OpenClawClient:
    """Python client for the OpenClaw Gateway API."""

    def __init__(self, base_url: str, token: str):
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def send_message(self, message: str, session_key: str = "main", timeout_seconds: int = 120) -> dict:
        """Send a message to a session and wait for the reply."""
        body = {"sessionKey": session_key, "message": message, "timeoutSeconds": timeout_seconds}
        return self._answer(self.session.post(f"{self.base_url}/api/sessions/send", json=body, timeout=timeout_seconds + 10))

    def spawn_task(self, task: str, model: Optional[str] = None, timeout_seconds: int = 300) -> dict:
        """Run a task in a session of its own and wait for its result."""
        body = {"task": task, "runTimeoutSeconds": timeout_seconds, **({"model": model} if model else {})}
        return self._answer(self.session.post(f"{self.base_url}/api/sessions/spawn", json=body, timeout=timeout_seconds + 10))

    def get_session_status(self, session_key: str = "main") -> dict:
        """What a session runs with, and what it used."""
        return self._answer(self.session.get(f"{self.base_url}/api/session/status", params={"sessionKey": session_key}, timeout=10))

    def _answer(self, response: requests.Response) -> dict:
        if not response.ok:
            raise requests.HTTPError(f"{response.status_code}: {response.json()['error']['message']}", response=response)
        return response.json()


if __name__ == "__main__":
    client = OpenClawClient(
        base_url=os.environ.get("OPENCLAW_URL", "http://localhost:3000"),
        token=os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one."),
    )
    print("Agent:", client.send_message("What time is it?")["reply"])
    print("Task: ", client.spawn_task("Research the latest Python web frameworks")["reply"])
    print("Used: ", client.get_session_status()["tokensUsed"], "tokens in main")
