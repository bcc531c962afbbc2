// Does what n8n does with workflow.json, once and without n8n: sends what its HTTP Request node sends, and listens where its Webhook node does.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { OPENCLAW_URL = 'http://localhost:18789', N8N_URL = 'http://localhost:5678', OPENCLAW_WEBHOOK_SECRET } = process.env;
if (!OPENCLAW_WEBHOOK_SECRET) {
  console.error('OPENCLAW_WEBHOOK_SECRET is missing: README.md says how to make one.');
  process.exit(1);
}

const workflow = JSON.parse(readFileSync(new URL('workflow.json', import.meta.url), 'utf8'));
/** What the Header Auth credential of README.md holds. */
const CREDENTIAL = { name: 'X-Webhook-Secret', value: OPENCLAW_WEBHOOK_SECRET };
const WITHIN_MS = 120_000;

/** A value that begins with `=` has places, which are looked up in what came from the node before. */
function fill(value, json, execution) {
  if (!value.startsWith('=')) return value;
  return value.slice(1).replace(/\{\{ *\$(json|execution)\.([\w.]+) *\}\}/g, (_, root, path) => path.split('.').reduce((at, step) => at?.[step], { json, execution }[root]));
}

const NODES = {
  async 'n8n-nodes-base.httpRequest'({ method, url, authentication, headerParameters, jsonBody }, json, execution) {
    const headers = { 'Content-Type': 'application/json' };
    for (const { name, value } of headerParameters.parameters) headers[name] = fill(value, json, execution);
    if (authentication === 'genericCredentialType') headers[CREDENTIAL.name] = CREDENTIAL.value;
    const { pathname } = new URL(url);
    const response = await fetch(OPENCLAW_URL + pathname, { method, headers, body: fill(jsonBody, json, execution) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${response.status}: ${answer.error.message}`);
    return answer;
  },
  'n8n-nodes-base.set': ({ assignments }, json, execution) =>
    Object.fromEntries(assignments.assignments.map(({ name, value }) => [name, fill(value, json, execution)])),
};

/** Runs the nodes behind this one, each with what the one before it gave. */
async function runBehind(node, json, execution = { id: randomUUID() }) {
  for (const { node: name } of workflow.connections[node.name]?.main.flat() ?? []) {
    const next = workflow.nodes.find((one) => one.name === name);
    const given = await NODES[next.type](next.parameters, json, execution);
    console.log(`${name}: ${JSON.stringify(given)}`);
    await runBehind(next, given, execution);
  }
}

const nodeOf = (type) => workflow.nodes.find((node) => node.type === `n8n-nodes-base.${type}`);
const hook = nodeOf('webhook');

const server = createServer(async (req, res) => {
  let text = '';
  for await (const piece of req) text += piece;
  const answer = (status, message) => res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
  const { pathname, searchParams } = new URL(req.url, N8N_URL);
  if (req.method !== hook.parameters.httpMethod || pathname !== `/webhook/${hook.parameters.path}`) return answer(404, 'The requested webhook is not registered.');
  if (req.headers[CREDENTIAL.name.toLowerCase()] !== CREDENTIAL.value) return answer(403, 'Authorization data is wrong!');
  answer(200, 'Workflow was started');
  await runBehind(hook, { headers: req.headers, params: {}, query: Object.fromEntries(searchParams), body: JSON.parse(text) });
  server.close();
});

const { hostname, port } = new URL(N8N_URL);
server.listen(Number(port || 80), hostname, async () => {
  try {
    await runBehind(nodeOf('scheduleTrigger'), {});
    setTimeout(() => fail(`nothing came to ${N8N_URL} within two minutes`), WITHIN_MS).unref();
  } catch (error) {
    fail(error.message);
  }
});
server.on('error', ({ message }) => fail(message));

function fail(message) {
  console.error(message);
  process.exit(1);
}
