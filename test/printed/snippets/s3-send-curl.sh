# 003_03a437cda022bd49.txt:37-40, restored: straight quotes
curl -X POST http://localhost:3000/api/sessions/send \
-H "Authorization: Bearer your-secret-gateway-token-here" \
-H "Content-Type: application/json" \
-d '{"sessionKey": "main", "message": "Hello from the API!"}'
