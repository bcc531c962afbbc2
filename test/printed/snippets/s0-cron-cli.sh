# 000_4d4d84985841a2ae.txt:137-139, as printed, without the heading "Rate Limits and Best Practices"
# List and manage cron jobs
openclaw cron list
openclaw cron add --name "task" --cron "0 9 * * *" --message "Do something"
