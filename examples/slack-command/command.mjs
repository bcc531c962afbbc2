import { createHmac, randomUUID } from 'node:crypto';

const url = process.env.OPENCLAW_URL ?? 'http://localhost:18789';
const secret = process.env.OPENCLAW_WEBHOOK_SECRET;
if (!secret) {
  console.error('OPENCLAW_WEBHOOK_SECRET is missing: README.md says how to make one.');
  process.exit(1);
}

const body = new URLSearchParams({
  command: '/agent',
  text: process.argv[2] ?? 'hello',
  user_name: 'steve',
  user_id: 'U2147483697',
  channel_id: 'C2147483705',
  trigger_id: randomUUID(),
}).toString();
const timestamp = Math.floor(Date.now() / 1000);
const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');

const response = await fetch(`${url}/webhook/slack-command`, {
  method: 'POST',
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Slack-Request-Timestamp': String(timestamp),
    'X-Slack-Signature': `v0=${signature}`,
  },
  body,
});
const answer = await response.json();
if (!response.ok) {
  console.error(`${response.status}: ${answer.error.message}`);
  process.exit(1);
}
console.log(answer.sessionKey);
