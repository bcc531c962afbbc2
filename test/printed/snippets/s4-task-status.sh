# 004_6f6713adeb1465bf.txt:60-61, as printed
curl -s -H "Authorization: Bearer $TOKEN" \
http://localhost:3000/api/v1/tasks/task_abc123 | jq '.status'
