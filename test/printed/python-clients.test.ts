/** The Python the documents print, run by Debian's Python with its `requests` and `websockets`. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { needs, pythonWith } from '../support/debian.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed } from './printed.ts';
import { refuseFirst } from './refuse-first.ts';

const missing = await needs('python3-websockets', 'python3-requests');
describe.skipIf(missing)(`Python${missing}`, () => {
  let gateway: TestGateway & { readonly model: ModelServer };
  let desk: Desk;
  let interpreter: string;
  beforeAll(async () => {
    [gateway, desk, interpreter] = await Promise.all([startClaudeGateway(), makeDesk(), pythonWith('websockets', 'requests')]);
    await desk.write('client.py', printed('s3-client.py', { 'http://localhost:3000': gateway.url, 'your-gateway-token': gateway.token }));
  });
  beforeEach(() => {
    gateway.model.reset();
    gateway.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}` }));
  });
  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const python = async (name: string, code: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code: exit, out, err } = await desk.run(interpreter, [await desk.write(name, code)], { PYTHONDONTWRITEBYTECODE: '1', ...env }).ended;
    expect([exit, err]).toEqual([0, '']);
    return out;
  };
  /** What stands around the printed functions: the class of the same document, and its two names. */
  const around = (): string => `from client import OpenClawClient\nBASE_URL = '${gateway.url}'\nTOKEN = '${gateway.token}'\n`;
  const heard = (): readonly (string | undefined)[] => gateway.model.requests.map(({ messages }) => messages.at(-1)?.text);

  verifies('s0.home-assistant', async () => {
    const code = printed('s0-home-assistant.py', { 'http://openclaw:18789': gateway.url, 'Bearer token': `Bearer ${gateway.token}` });
    await python('home_assistant.py', `${code}\non_motion_detected('front_door')\n`);
    expect(heard()).toEqual(['Motion detected on front_door. Check the camera and let me know if anything looks unusual.']);
  });

  verifies('s1.python-client', async () => {
    const code = printed('s1-python-client.py', { 'ws://localhost:18789': gateway.url.replace('http', 'ws') });
    const client = desk.run(interpreter, ['-u', await desk.write('socket_client.py', code)], { OPENCLAW_AUTH_TOKEN: gateway.token });
    // It does not say goodbye, and then waits ten seconds for one, whatever the server: its end is not waited for.
    await client.until('\n');
    expect(client.said()).toEqual({ out: 'Heard: What happened overnight?\n', err: '' });
  });

  verifies('s3.python-client', async () => {
    const out = await python('usage.py', `${printed('s3-client.py', { 'http://localhost:3000': gateway.url, 'your-gateway-token': gateway.token })}\n    print(json.dumps(client.get_session_status()))\n`);
    const [answer, task, status = ''] = out.split('\n');
    expect(answer).toMatch(/^Agent response: \{.*'reply': 'Heard: What time is it\?'/);
    expect(task).toMatch(/^Task spawned: \{'status': 'completed', .*'reply': 'Heard: Research the latest Python web frameworks'/);
    expect(JSON.parse(status)).toMatchObject({ sessionKey: 'agent:main:main', model: 'anthropic/claude-sonnet-4', tokensUsed: expect.any(Number) });
    expect(gateway.model.requests.map(({ model }) => model)).toEqual(['claude-sonnet-4', 'claude-sonnet-4-5']);
  });

  verifies('s3.retry', async () => {
    await using front = await refuseFirst(2, gateway);
    const out = await python('retry.py', `${around()}${printed('s3-retry.py')}\nprint(send_with_retry(OpenClawClient('${front.url}', TOKEN), 'Hello')['reply'])\n`);
    expect(out).toBe('Rate limited. Waiting 1s…\nRate limited. Waiting 2s…\nHeard: Hello\n');
    // What is no rate limit is not tried again.
    const wrong = await desk.run(interpreter, [await desk.write('wrong.py', `${around()}${printed('s3-retry.py')}\nsend_with_retry(OpenClawClient(BASE_URL, 'wrong'), 'Hello')\n`)]).ended;
    expect(wrong.err).toContain('401 Client Error');
    expect(heard()).toEqual(['Hello']);
  });

  verifies('s3.support', async () => {
    const out = await python('support.py', `${around()}${printed('s3-support.py')}\nprint(draft_support_response('My parcel is late.'))\n`);
    expect(out).toBe('Heard: Draft a helpful customer support response for:\n\nMy parcel is late.\n\nBe professional, empathetic, and provide actionable solutions.\n');
  });

  verifies('s3.parallel', async () => {
    let [now, most] = [0, 0];
    gateway.model.script(async ({ messages }) => {
      most = Math.max(most, ++now);
      for (let i = 0; i < 200 && most < 5; i++) await pause(10);
      now--;
      return { text: `Heard: ${messages.at(-1)?.text}` };
    });
    const topics = ['bread', 'salt', 'tea', 'rope', 'clay'];
    const out = await python('batch.py', `${around()}${printed('s3-batch.py')}\nfor result in generate_content_batch(${JSON.stringify(topics)}): print(result['reply'], result['sessionKey'])\n`);
    const lines = out.trim().split('\n').map((line) => line.split(' agent:'));
    expect(lines.map(([reply]) => reply)).toEqual(topics.map((topic) => `Heard: Write a 500-word blog post about ${topic}`));
    expect(new Set(lines.map(([, key]) => key)).size).toBe(5);
    expect(most).toBe(5);
  });
});
