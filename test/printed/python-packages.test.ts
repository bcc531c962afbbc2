/** The Python programs that the documents write with the published client. */
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { noPython, runPython } from '../support/python.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { printed } from './printed.ts';

/** Flask is not among our packages. This takes its place for the printed endpoint: `@app.route`, `request.json`, `jsonify`. */
const FLASK = `
class Request:
    json = {"team": "growth"}
class App:
    routes = {}
    def route(self, path, methods):
        return lambda work: self.routes.setdefault((path, *methods), work)
def jsonify(value):
    return json.dumps(value)
app, request = App(), Request()
`;

describe.skipIf(noPython)(`Python${noPython}`, () => {
  let gateway: TestGateway & { readonly model: ModelServer };
  beforeAll(async () => {
    gateway = await startClaudeGateway();
  });
  beforeEach(() => {
    gateway.model.reset();
    gateway.model.script(({ messages }) => ({ text: ['Heard: ', String(messages.at(-1)?.text)], chunkDelayMs: 20, usage: { inputTokens: 800, outputTokens: 42 } }));
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  /** The document prints neither the import of what it uses of the standard library, nor the client twice. */
  const run = (code: string): Promise<string> => runPython(`import os\nimport json\n${code}`, { OPENCLAW_API_KEY: gateway.token });
  const client = (): string => `from openclaw import OpenClaw\nclient = OpenClaw(base_url="${gateway.url}", api_key=os.environ["OPENCLAW_API_KEY"])\n`;
  const heard = (): readonly (string | undefined)[] => gateway.model.requests.map(({ messages }) => messages.at(-1)?.text);

  verifies('s2.python-client', async () => {
    expect(await run(printed('s2-client.py', { 'http://localhost:3000': gateway.url }))).toBe('Heard: Summarize the last 10 commits\nHeard: Write a deployment plan');
    expect(heard()).toEqual(['Summarize the last 10 commits', 'Write a deployment plan']);
  });

  verifies('s2.flask', async () => {
    const out = await run(`${client()}${FLASK}${printed('s2-flask.py')}\nprint(app.routes["/reports/weekly", "POST"]())\n`);
    expect(JSON.parse(out)).toEqual({ report: `Heard: ${heard()[0]}`, tokens: 842 });
    expect(heard()).toEqual(['Generate weekly performance report for growth team. Include metrics, highlights, and recommendations.']);
  });
});
