#!/usr/bin/env bash
set -euo pipefail
: "${OPENCLAW_API_KEY:?is missing: README.md says how to make one}"
topic="${*:-the latest AI agent news}"
report=~/reports/$(date +%Y-%m-%d).md

# jq writes the JSON, so that no quote in the topic breaks it, and takes the answer, or ends with the error.
answer=$(
  jq -n --arg topic "$topic" '{message: "Search for \($topic) and write a summary"}' |
    curl -sS --max-time 300 "${OPENCLAW_URL:-http://localhost:18789}/api/sessions/research/messages" \
      -H "Authorization: Bearer $OPENCLAW_API_KEY" \
      -H "Content-Type: application/json" -d @- |
    jq -r '.response // (.error.message + "\n" | halt_error)'
)

mkdir -p ~/reports
printf '%s\n' "$answer" > "$report"
echo "$report"
