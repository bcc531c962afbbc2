// 000_4d4d84985841a2ae.txt:92-102, as printed
// Fetch agent status and recent messages
async function getDashboard() {
const status = await fetch('/api/status', { headers: authHeaders });
const sessions = await fetch('/api/sessions', { headers: authHeaders });
const history = await fetch('/api/sessions/main/history?limit=10', { headers: authHeaders });
return {
status: await status.json(),
sessions: await sessions.json(),
recentMessages: await history.json()
};
}
