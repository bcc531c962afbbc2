import os
import sys

from flask import Flask, jsonify, request
from openclaw import OpenClaw, OpenClawError

client = OpenClaw(
    base_url=os.environ.get("OPENCLAW_URL", "http://localhost:3000"),
    api_key=os.environ.get("OPENCLAW_API_KEY") or sys.exit("OPENCLAW_API_KEY is missing: README.md says how to make one."),
)
app = Flask(__name__)


@app.post("/reports/weekly")
def weekly_report():
    team = request.json["team"]
    try:
        response = client.messages.send(
            workspace="analytics",
            user_id=f"report-{team}",
            message=f"Generate weekly performance report for {team} team. Include metrics, highlights, and recommendations.",
        )
    except OpenClawError as error:
        return jsonify({"error": str(error)}), 502
    return jsonify({"report": response.response, "tokens": response.tokens_used})


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")))
