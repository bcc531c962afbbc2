# 003_03a437cda022bd49.txt:407-428, restored: indentation, straight quotes
def schedule_daily_report():
    client = OpenClawClient(BASE_URL, TOKEN)

    requests.post(
        f'{BASE_URL}/api/cron/add',
        headers=client.headers,
        json={
            "job": {
                "name": "daily-analytics",
                "schedule": {
                    "kind": "cron",
                    "expr": "0 8 * * *", # 8 AM daily
                    "tz": "America/New_York"
                },
                "payload": {
                    "kind": "agentTurn",
                    "message": "Generate today's analytics summary"
                },
                "sessionTarget": "isolated"
            }
        }
    )
