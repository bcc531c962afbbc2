#!/usr/bin/env bash
set -euo pipefail
: "${OPENCLAW_API_KEY:?is missing: README.md says how to make one}"
: "${GITHUB_SHA:?is missing: which commit was deployed?}"

message="Deployment of $GITHUB_SHA to production completed successfully."
if [ -n "${PULL_REQUEST:-}" ]; then
  message+=" Summarize the changes in this PR: $PULL_REQUEST"
fi

# jq writes the JSON, so that no quote breaks it, and takes the answer, or ends with the error.
jq -n --arg message "$message" '{workspace: "devops", userId: "github-actions", $message}' |
  curl -sS --max-time 300 "${OPENCLAW_URL:-http://localhost:3000}/api/v1/messages" \
    -H "Authorization: Bearer $OPENCLAW_API_KEY" \
    -H "Content-Type: application/json" -d @- |
  jq -r '.response // (.error.message + "\n" | halt_error)'
