import { createServer } from 'node:http';

const { OPENCLAW_URL = 'http://localhost:18789', OPENCLAW_API_KEY, PORT = '8080' } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

async function ask(path) {
  const response = await fetch(OPENCLAW_URL + path, { headers: { Authorization: `Bearer ${OPENCLAW_API_KEY}` }, signal: AbortSignal.timeout(5_000) });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error.message);
  return body;
}

async function getDashboard() {
  const [status, { sessions }, { messages }] = await Promise.all([
    ask('/api/status'),
    ask('/api/sessions'),
    ask('/api/sessions/main/history?limit=10'),
  ]);
  return { status, sessions, messages };
}

// What people and models write is text, never HTML.
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const list = (lines) => `<ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`;

const page = ({ status, sessions, messages }) => `<!doctype html>
<meta charset="utf-8"><meta http-equiv="refresh" content="10"><title>OpenClaw</title>
<h1>${escape(status.agent)}: ${status.ok ? 'well' : 'unwell'}, up ${Math.floor(status.uptime / 60)} minutes, ${escape(status.model)}</h1>
<h2>Sessions</h2>${list(sessions.map(({ sessionKey }) => sessionKey))}
<h2>Last messages</h2>${list(messages.map(({ role, content }) => `${role}: ${content}`))}
`;

const server = createServer(async (_request, response) => {
  try {
    response.setHeader('Content-Type', 'text/html').end(page(await getDashboard()));
  } catch (error) {
    response.writeHead(502, { 'Content-Type': 'text/plain' }).end(`${OPENCLAW_URL}: ${error.message}\n`);
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
