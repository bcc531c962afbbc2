// Does what Slack does, once and without Slack: sends a slash command, and takes what an incoming webhook takes.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const url = process.env.OPENCLAW_URL ?? 'http://localhost:18789';
const secret = process.env.OPENCLAW_WEBHOOK_SECRET;
if (!secret) fail('OPENCLAW_WEBHOOK_SECRET is missing: README.md says how to make one.');
const slack = new URL(process.env.SLACK_URL ?? 'http://localhost:8182');
const WITHIN_MS = 120_000;

const posted = Promise.withResolvers();
const channel = createServer(async (req, res) => {
  let text = '';
  for await (const piece of req.setEncoding('utf8')) text += piece;
  const answer = (status, word) => res.writeHead(status, { 'Content-Type': 'text/plain' }).end(word);
  if (req.method !== 'POST' || !/^\/services\/T\w+\/B\w+\/\w+$/.test(req.url)) return answer(404, 'no_service');
  try {
    const message = JSON.parse(text);
    if (typeof message.text !== 'string' || message.text === '') return answer(400, 'no_text');
    answer(200, 'ok');
    posted.resolve(message.text);
  } catch {
    answer(400, 'invalid_payload');
  }
});
channel.on('error', ({ message }) => fail(message));
channel.listen(Number(slack.port || 80), slack.hostname);
await once(channel, 'listening');

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
if (!response.ok) fail(`${response.status}: ${answer.error.message}`);
console.log(answer.sessionKey);

setTimeout(() => fail(`nothing came to ${slack.origin} within two minutes`), WITHIN_MS).unref();
console.log(await posted.promise);
process.exit(0);

function fail(message) {
  console.error(message);
  process.exit(1);
}
