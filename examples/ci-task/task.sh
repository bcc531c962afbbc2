#!/usr/bin/env bash
set -euo pipefail
: "${OPENCLAW_TOKEN:?is missing: README.md says how to make one}"

# ask <path> <what to take of the answer> [option of curl …]
or_end='// ((.error.message // "no answer") + "\n" | halt_error)'
ask() {
  curl -sS --max-time 30 --retry 3 "${OPENCLAW_URL:-http://localhost:3000}/api/v1/tasks$1" \
    -H "Authorization: Bearer $OPENCLAW_TOKEN" -H "Content-Type: application/json" "${@:3}" |
    jq -rs "last | $2 $or_end" # the last: what curl tried again was answered, too
}

# With a key of its own it begins once, however often curl tries.
id=$(jq -n --arg prompt "$*" '{$prompt}' | ask "" .id -H "Idempotency-Key: $(date +%s)-$$-$RANDOM" -d @-)
status=running
while [ "$status" = running ]; do
  echo "$id is $status" >&2
  sleep 1
  status=$(ask "/$id" .status)
done
echo "$id is $status" >&2
ask "/$id/result" .output
