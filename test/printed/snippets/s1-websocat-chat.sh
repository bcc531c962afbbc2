# 001_a00a76f36b560df4.txt:299-300, as printed
echo '{"type":"chat","id":"test-1","payload":{"text":"Hello from the API"}}' | \
websocat ws://localhost:18789
