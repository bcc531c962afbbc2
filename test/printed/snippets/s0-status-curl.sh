# 000_4d4d84985841a2ae.txt:23, as printed, without the heading "Core API Endpoints"
curl -H "Authorization: Bearer your-secret-token" http://localhost:18789/api/status
