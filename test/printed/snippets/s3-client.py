# 003_03a437cda022bd49.txt:138-219, restored: indentation, straight quotes
import requests
import json
from typing import Optional

class OpenClawClient:
    """Python client for the OpenClaw Gateway API."""

    def __init__(self, base_url: str, token: str):
        self.base_url = base_url.rstrip('/')
        self.headers = {
            'Authorization': f'Bearer {token}',
            'Content-Type': 'application/json'
        }

    def send_message(
        self,
        message: str,
        session_key: str = "main",
        timeout_seconds: int = 120
    ) -> dict:
        """Send a message to an OpenClaw session."""
        response = requests.post(
            f'{self.base_url}/api/sessions/send',
            headers=self.headers,
            json={
                'sessionKey': session_key,
                'message': message,
                'timeoutSeconds': timeout_seconds
            }
        )
        response.raise_for_status()
        return response.json()

    def spawn_task(
        self,
        task: str,
        model: Optional[str] = None,
        timeout_seconds: int = 300
    ) -> dict:
        """Spawn an isolated sub-agent to perform a task."""
        payload = {
            'task': task,
            'runTimeoutSeconds': timeout_seconds
        }
        if model:
            payload['model'] = model

        response = requests.post(
            f'{self.base_url}/api/sessions/spawn',
            headers=self.headers,
            json=payload
        )
        response.raise_for_status()
        return response.json()

    def get_session_status(self, session_key: str = "main") -> dict:
        """Get status and usage for a session."""
        response = requests.get(
            f'{self.base_url}/api/session/status',
            headers=self.headers,
            params={'sessionKey': session_key}
        )
        response.raise_for_status()
        return response.json()

# Usage example
if __name__ == "__main__":
    client = OpenClawClient(
        base_url="http://localhost:3000",
        token="your-gateway-token"
    )

    # Send a message
    result = client.send_message("What time is it?")
    print(f"Agent response: {result}")

    # Spawn a background task
    task_result = client.spawn_task(
        task="Research the latest Python web frameworks",
        model="claude-sonnet-4-5"
    )
    print(f"Task spawned: {task_result}")
