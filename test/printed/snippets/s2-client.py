# 002_805bb14c45a89d79.txt:312-330, restored: indentation
from openclaw import OpenClaw
client = OpenClaw(
    base_url="http://localhost:3000",
    api_key=os.environ["OPENCLAW_API_KEY"]
)
# Send a message
response = client.messages.send(
    workspace="team",
    user_id="python-app",
    message="Summarize the last 10 commits"
)
print(response.response)
# Stream
for token in client.messages.stream(
    workspace="team",
    user_id="python-app",
    message="Write a deployment plan"
):
    print(token, end="", flush=True)
