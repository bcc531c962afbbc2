// Shows dashboard.html to the browser of this machine, with the gateway's address and the key in their places.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { OPENCLAW_URL = 'http://localhost:18789', OPENCLAW_API_KEY, DASHBOARD_URL = 'http://127.0.0.1:8080' } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

const page = readFileSync(new URL('dashboard.html', import.meta.url), 'utf8')
  .replace('ws://localhost:18789', OPENCLAW_URL.replace(/^http/, 'ws'))
  .replace('your-token', encodeURIComponent(OPENCLAW_API_KEY));
const { hostname, host, port } = new URL(DASHBOARD_URL);

const server = createServer((request, response) => {
  // The page holds the key: a site whose name was made to lead here does not get it, and none may frame it.
  if (request.headers.host !== host) return response.writeHead(403).end();
  if (request.url !== '/') return response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store', 'Content-Security-Policy': "frame-ancestors 'none'" }).end(page);
});
server.on('error', ({ message }) => {
  console.error(message);
  process.exit(1);
});
server.listen(Number(port || 80), hostname, () => console.log(DASHBOARD_URL));
