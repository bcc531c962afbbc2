import { createHmac } from 'node:crypto';

const { OPENCLAW_URL = 'http://localhost:18789', OPENCLAW_API_KEY, HTTP_API_SECRET, HTTP_API_URL = 'http://127.0.0.1:18800' } = process.env;
if (!OPENCLAW_API_KEY) throw new Error('Set OPENCLAW_API_KEY: README.md says how to make one.');
if (!HTTP_API_SECRET) throw new Error('Set HTTP_API_SECRET to the hmac_secret of the channel.');

// How the gateway sees the channel.
const status = await fetch(`${OPENCLAW_URL}/api/native/channels.status`, {
  method: 'POST',
  headers: { authorization: `Bearer ${OPENCLAW_API_KEY}`, 'content-type': 'application/json' },
  body: JSON.stringify({ channel: 'http-api' }),
});
const channel = await status.json();
console.log(`http-api is ${channel.state ?? channel.error.message}`);

// The channel itself: it knows who asks by the signature over the body.
const body = JSON.stringify({ text: process.argv[2] ?? 'Hello', user_id: 'example', user_name: 'Example' });
const answer = await fetch(`${HTTP_API_URL}/message`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-signature': createHmac('sha256', HTTP_API_SECRET).update(body).digest('hex') },
  body,
});
const said = await answer.json();
console.log(said.reply ?? said.error);
