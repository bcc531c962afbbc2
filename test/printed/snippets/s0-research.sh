# 000_4d4d84985841a2ae.txt:103-111, as printed
#!/bin/bash
# Daily research pipeline
# Ask the agent to research a topic
RESPONSE=$(curl -s -X POST http://localhost:18789/api/sessions/research/messages \
-H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{"message": "Search for the latest AI agent news and write a summary"}')
# Extract the response and save it
echo "$RESPONSE" | jq -r '.response' > ~/reports/$(date +%Y-%m-%d).md
