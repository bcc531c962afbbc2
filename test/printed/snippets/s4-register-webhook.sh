# 004_6f6713adeb1465bf.txt:168-175, as printed
curl -X POST -H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
http://localhost:3000/api/v1/webhooks \
-d '{
"url": "http://localhost:4000/openclaw-webhook",
"events": ["task.completed", "task.failed"],
"secret": "your-secret-here"
}'
