#!/usr/bin/env bash
set -euo pipefail
: "${OPENCLAW_WEBHOOK_SECRET:?is missing: README.md says how to make one}"
: "${GITHUB_SHA:?is missing: which commit was deployed?}"
status=${1:?how did it end? success, failure or cancelled}

# jq writes the JSON, so that no quote breaks it, and takes the answer, or ends with the error.
jq -n --arg service "$GITHUB_REPOSITORY" --arg status "$status" --arg commit "$GITHUB_SHA" --arg actor "$GITHUB_ACTOR" '{$service, $status, $commit, $actor}' |
  curl -sS --retry 5 --max-time 30 "${OPENCLAW_URL:-http://localhost:18789}/webhook/deploy-alert" \
    -H "X-Webhook-Secret: $OPENCLAW_WEBHOOK_SECRET" \
    -H "X-Delivery-Id: run-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT" \
    -H "Content-Type: application/json" -d @- |
  jq -r '.turnId // (.error.message + "\n" | halt_error)'
