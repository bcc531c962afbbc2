import concurrent.futures
import os
import sys

import requests

URL = os.environ.get("OPENCLAW_URL", "http://localhost:3000")
KEY = os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one.")


def write_post(topic):
    response = requests.post(
        f"{URL}/api/sessions/spawn",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"task": f"Write a 500-word blog post about {topic}", "runTimeoutSeconds": 300},
        timeout=310,
    )
    answer = response.json()
    return response.ok, answer["reply"] if response.ok else f"(failed: {answer['error']['message']})"


topics = sys.argv[1:]
with concurrent.futures.ThreadPoolExecutor(max_workers=5) as executor:
    results = list(executor.map(write_post, topics))

for topic, (_, post) in zip(topics, results):
    print(f"# {topic}\n\n{post}\n")
sys.exit(not all(ok for ok, _ in results))
