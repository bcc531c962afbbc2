# 004_6f6713adeb1465bf.txt:177-180, as printed
curl -X POST -H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
http://localhost:3000/api/v1/tasks \
-d '{"prompt": "List the files in the current directory"}'
