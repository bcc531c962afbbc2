// 003_03a437cda022bd49.txt:227-297, restored: straight quotes
class OpenClawClient {
constructor(baseUrl, token) {
this.baseUrl = baseUrl.replace(/\/$/, '');
this.headers = {
'Authorization': `Bearer ${token}`,
'Content-Type': 'application/json'
};
}

async sendMessage(message, sessionKey = 'main', timeoutSeconds = 120) {
const response = await fetch(`${this.baseUrl}/api/sessions/send`, {
method: 'POST',
headers: this.headers,
body: JSON.stringify({
sessionKey,
message,
timeoutSeconds
})
});

if (!response.ok) {
throw new Error(`API error: ${response.status}`);
}

return response.json();
}

async spawnTask(task, model = null, runTimeoutSeconds = 300) {
const payload = { task, runTimeoutSeconds };
if (model) payload.model = model;

const response = await fetch(`${this.baseUrl}/api/sessions/spawn`, {
method: 'POST',
headers: this.headers,
body: JSON.stringify(payload)
});

if (!response.ok) {
throw new Error(`API error: ${response.status}`);
}

return response.json();
}

async getSessionStatus(sessionKey = 'main') {
const response = await fetch(
`${this.baseUrl}/api/session/status?sessionKey=${sessionKey}`,
{ headers: this.headers }
);

if (!response.ok) {
throw new Error(`API error: ${response.status}`);
}

return response.json();
}
}

// Usage
const client = new OpenClawClient('http://localhost:3000', 'your-token');

// Send a message
const result = await client.sendMessage('Hello from JavaScript!');
console.log('Response:', result);

// Spawn a task
const taskResult = await client.spawnTask(
'Generate a haiku about programming',
'claude-haiku-4'
);
console.log('Task result:', taskResult);
