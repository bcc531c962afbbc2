# 004_6f6713adeb1465bf.txt:37-38, as printed
curl -s -H "Authorization: Bearer $TOKEN" \
http://localhost:3000/api/v1/status | jq
