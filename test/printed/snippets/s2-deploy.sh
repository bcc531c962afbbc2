# 002_805bb14c45a89d79.txt:336-343, as printed
curl -s -X POST $OPENCLAW_URL/api/v1/messages \
-H "Authorization: Bearer $OPENCLAW_API_KEY" \
-H "Content-Type: application/json" \
-d '{
"workspace": "devops",
"userId": "github-actions",
"message": "Deployment of '${{ github.sha }}' to production completed successfully. Summarize the changes in this PR: ${{ github.event.pull_request.html_url }}"
}'
