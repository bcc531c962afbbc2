# 001_a00a76f36b560df4.txt:957, as printed
echo '{"type":"status","id":"test"}' | websocat ws://localhost:18789
