// 001_a00a76f36b560df4.txt:176-231, as printed
import WebSocket from 'ws';

class OpenClawClient {
constructor(url = 'ws://localhost:18789', token = null) {
const wsUrl = token ? `${url}?token=${token}` : url;
this.ws = new WebSocket(wsUrl);
this.pending = new Map();
this.counter = 0;

this.ws.on('message', (data) => {
const msg = JSON.parse(data);
if (msg.id && this.pending.has(msg.id)) {
this.pending.get(msg.id)(msg);
this.pending.delete(msg.id);
}
});
}

send(type, payload) {
return new Promise((resolve) => {
const id = `req-${++this.counter}`;
this.pending.set(id, resolve);
this.ws.send(JSON.stringify({ type, id, payload }));
});
}

async chat(text, options = {}) {
return this.send('chat', { text, ...options });
}

async invokeSkill(skill, args = {}) {
return this.send('skill_invoke', { skill, args });
}

async triggerHeartbeat(dryRun = false) {
return this.send('heartbeat_trigger', { dry_run: dryRun });
}

async status() {
return this.send('status', {});
}
}

// Usage
const claw = new OpenClawClient(
'ws://localhost:18789',
process.env.OPENCLAW_AUTH_TOKEN
);

claw.ws.on('open', async () => {
const status = await claw.status();
console.log('Gateway status:', status.payload);

const reply = await claw.chat('Summarize today\'s alerts');
console.log('Agent says:', reply.payload.text);
});
