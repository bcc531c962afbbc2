// Takes what PagerDuty's Events API v2 and Datadog's intake of logs take, refuses what they refuse, and says so. Ends when both have got something.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const { PAGERDUTY_ROUTING_KEY, DATADOG_API_KEY, MONITORING_URL = 'http://localhost:8181' } = process.env;
for (const [name, value] of Object.entries({ PAGERDUTY_ROUTING_KEY, DATADOG_API_KEY })) {
  if (!value) fail(`${name} is missing: README.md says how to make one.`);
}
const WITHIN_MS = 120_000;

const isText = (value) => typeof value === 'string' && value !== '';

/** What is wrong with an event, in a list. */
function complaintsOf({ routing_key: key, event_action: action, dedup_key: dedup, payload }) {
  const wrong = [];
  const must = (holds, complaint) => holds || wrong.push(complaint);
  must(isText(key) && key.length === 32, "Length of 'routing_key' is incorrect (should be 32 characters)");
  must(['trigger', 'acknowledge', 'resolve'].includes(action), "'event_action' must be trigger, acknowledge or resolve");
  must(dedup === undefined || (isText(dedup) && dedup.length <= 255), "'dedup_key' has 255 characters at most");
  if (action !== 'trigger') return [...wrong, ...(dedup === undefined ? ["'dedup_key' is missing"] : [])];
  must(isText(payload?.summary) && payload.summary.length <= 1024, "'payload.summary' must be a text of 1024 characters at most");
  must(isText(payload?.source), "'payload.source' is missing");
  must(['critical', 'error', 'warning', 'info'].includes(payload?.severity), "'payload.severity' must be critical, error, warning or info");
  must(key === PAGERDUTY_ROUTING_KEY, "'routing_key' is no integration's");
  return wrong;
}

function pagerDuty({ event }) {
  const errors = complaintsOf(event);
  if (errors.length > 0) return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors }, says: errors.join('; ') };
  return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: event.dedup_key ?? randomUUID() }, says: `${event.payload.severity} from ${event.payload.source}: ${event.payload.summary}` };
}

function datadog({ headers, event, bytes }) {
  const refuse = (status, title) => ({ status, body: { errors: [{ status: String(status), title }] }, says: title });
  const key = headers['dd-api-key'];
  if (!key) return refuse(401, 'Unauthorized: DD-API-KEY is missing');
  if (key !== DATADOG_API_KEY) return refuse(403, 'Forbidden: DD-API-KEY is wrong');
  if (bytes > 5_000_000) return refuse(413, 'Payload Too Large');
  const logs = Array.isArray(event) ? event : [event];
  if (logs.length > 1000 || !logs.every((log) => typeof log === 'object' && log !== null)) return refuse(400, 'Bad Request');
  // `message` is what a log is shown by; the reference lists it as required.
  return { status: 202, body: {}, says: logs.map((log) => (isText(log.message) ? log.message : `without a message: ${JSON.stringify(log)}`)).join('; ') };
}

const SERVICES = { '/v2/enqueue': ['PagerDuty', pagerDuty], '/api/v2/logs': ['Datadog', datadog] };
const served = new Set();

const server = createServer(async (request, response) => {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  const [name, service] = SERVICES[request.url] ?? [];
  if (request.method !== 'POST' || service === undefined) return response.writeHead(404).end();
  const { status, body, says } = request.headers['content-type']?.startsWith('application/json') ? service({ headers: request.headers, event: parse(text), bytes: Buffer.byteLength(text) }) : { status: 400, body: {}, says: 'the body is no JSON' };
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body), () => {
    if (status !== 202) fail(`${name}: ${status} ${says}`);
    console.log(`${name}: ${status} ${says}`);
    if (served.add(name).size === 2) process.exit(0);
  });
});

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

const { hostname, port } = new URL(MONITORING_URL);
server.on('error', ({ message }) => fail(message));
server.listen(Number(port || 80), hostname, () => {
  console.log(`Waiting at ${MONITORING_URL}`);
  setTimeout(() => fail(`not both services got something within ${WITHIN_MS / 60_000} minutes`), WITHIN_MS).unref();
});

function fail(message) {
  console.error(message);
  process.exit(1);
}
