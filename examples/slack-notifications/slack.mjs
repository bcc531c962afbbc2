import crypto from 'node:crypto';
import express from 'express';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_TOKEN, SLACK_WEBHOOK_URL, PORT = '4000' } = process.env;
if (!OPENCLAW_TOKEN) {
  console.error('OPENCLAW_TOKEN is missing: README.md says how to make one.');
  process.exit(1);
}

/** Known to this process and the gateway; a new one each time. */
const SECRET = crypto.randomBytes(32).toString('hex');

async function ask(method, path, body) {
  const response = await fetch(`${OPENCLAW_URL}/api/v1/webhooks${path}`, {
    method,
    headers: { 'Authorization': `Bearer ${OPENCLAW_TOKEN}`, ...(body && { 'Content-Type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

function isOurs(rawBody, signature = '') {
  const expected = crypto.createHmac('sha256', SECRET).update(rawBody).digest('hex');
  return signature.length === expected.length && crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

const told = new Set();
const app = express();

// The body as it came: only that has the signature.
app.post('/openclaw-webhook', express.raw({ type: 'application/json' }), async (req, res) => {
  if (!isOurs(req.body, req.headers['x-openclaw-signature'])) return res.status(401).json({ error: 'Invalid signature' });
  // A delivery may come twice; its id is the same then.
  const id = req.headers['webhook-id'];
  if (!told.has(id)) {
    const { event, data } = JSON.parse(req.body);
    const text = event === 'task.completed' ? `OpenClaw task completed: "${data.prompt}" (${data.duration_ms}ms)` : `OpenClaw task failed: "${data.prompt}": ${data.error.message}`;
    const posted = await fetch(SLACK_WEBHOOK_URL, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }) });
    // Then the gateway tries again, and so do we.
    if (!posted.ok) return res.status(502).json({ error: `Slack answered ${posted.status}` });
    told.add(id);
  }
  res.json({ received: true });
});

try {
  const server = app.listen(Number(PORT), '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const url = `http://localhost:${server.address().port}/openclaw-webhook`;
  const { id } = await ask('POST', '', { url, events: ['task.completed', 'task.failed'], secret: SECRET, name: 'Slack notifications' });
  console.log(`Webhook receiver on port ${server.address().port}: ${id} sends to ${url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await ask('DELETE', `/${id}`).catch((error) => console.error(error.message));
      process.exit(0);
    });
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
