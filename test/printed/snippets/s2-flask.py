# 002_805bb14c45a89d79.txt:357-365, restored: indentation
# Flask API endpoint that wraps OpenClaw
@app.route('/reports/weekly', methods=['POST'])
def weekly_report():
    response = client.messages.send(
        workspace="analytics",
        user_id=f"report-{request.json['team']}",
        message=f"Generate weekly performance report for {request.json['team']} team. Include metrics, highlights, and recommendations."
    )
    return jsonify({"report": response.response, "tokens": response.tokens_used})
