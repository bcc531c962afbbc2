#!/usr/bin/env bash
set -euo pipefail
: "${OPENCLAW_API_KEY:?is missing: README.md says how to make one}"

# ask <method> <path> [option of curl …]
ask() {
  curl -sS --max-time 30 -X "$1" "${OPENCLAW_URL:-http://localhost:18789}/api/cron$2" \
    -H "Authorization: Bearer $OPENCLAW_API_KEY" -H "Content-Type: application/json" "${@:3}" |
    jq 'if .error then (.error.message + "\n" | halt_error) else . end'
}

name="Morning briefing"
# Run again it changes its mind, and does not make a second one.
old=$(ask GET "?limit=200" | jq -r --arg name "$name" '.jobs[] | select(.name == $name) | .id')
for job in $old; do ask DELETE "/$job" > /dev/null; done

jq -n --arg name "$name" --arg cron "${2:-0 8 * * *}" --arg tz "$1" \
  '{$name, $cron, $tz, message: "Check email, calendar, and weather. Send me a morning summary."}' |
  ask POST "" -d @- | jq -r '"\(.describes); next at \(.nextRun) (\(.id))"'
