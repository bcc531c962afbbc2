# 001_a00a76f36b560df4.txt:946-952, as printed
# Verify webhook endpoint is accessible
curl -v -X POST http://localhost:18789/webhook/deploy-alert \
-H "Content-Type: application/json" \
-H "X-Webhook-Secret: your-secret" \
-d '{"service": "test", "status": "success"}'

# Expected: 200 OK
