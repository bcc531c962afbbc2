# 002_805bb14c45a89d79.txt:33, as printed
curl -H "Authorization: Bearer your-api-key" http://localhost:3000/api/v1/health
