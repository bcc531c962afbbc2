/** Webhooks that come in as the second document prints them: its configuration, its curls, its integrations. */
import { sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { VENDORS } from '../support/signatures.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson } from './printed.ts';

const SECRET = 'your-webhook-secret';
const SLACK_TOKEN = 'XXXXXXXXXXXXXXXXXX';

/** The endpoints of a printed configuration. */
const endpointsOf = (name: string): readonly object[] => {
  // What is printed has this form.
  const { webhooks } = printedJson(name) as { readonly webhooks: { readonly incoming: { readonly endpoints: readonly object[] } } };
  return webhooks.incoming.endpoints;
};

let gateway: TestGateway;
let desk: Desk;
beforeAll(async () => {
  const [slack] = endpointsOf('s1-ingress-slack.jsonc');
  [gateway, desk] = await Promise.all([
    startGateway({
      script: ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}` }),
      config: {
        webhooks: {
          incoming: {
            enabled: true,
            secret: SECRET,
            endpoints: [
              ...endpointsOf('s1-ingress.jsonc'),
              ...endpointsOf('s1-ingress-home.jsonc'),
              // Slack can set no header: its outgoing webhooks show their token in the form, its slash commands are signed.
              { ...slack, secret: SLACK_TOKEN, verify: { field: 'token' } },
              { ...slack, path: '/slack-signed', secret: VENDORS['slack']?.secret, verify: 'slack' },
              { path: '/automation' },
              { path: '/github', secret: VENDORS['github']?.secret, verify: 'github', message: 'GitHub event: {{body.action}} on {{body.repository.full_name}}' },
              { path: '/stripe', secret: VENDORS['stripe']?.secret, verify: 'stripe', message: 'Stripe: {{body.type}}' },
            ],
          },
        },
      },
    }),
    makeDesk(),
  ]);
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const told = async (webhook: string, from = gateway): Promise<readonly string[]> => {
  const { messages } = await from.client.call(sessionHistory, { session: `webhook-${webhook}`, limit: 200 });
  return messages.filter(({ role }) => role === 'user').map(({ text }) => text);
};

interface Sent {
  readonly status: number;
  readonly body: { readonly ok?: boolean; readonly error?: { readonly code: string } };
}

const post = async (path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Sent> => {
  const response = await fetch(`${gateway.url}/webhook/${path}`, { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Sent['body'] };
};
const JSON_TYPE = { 'content-type': 'application/json' };

verifies('s1.ingress', async () => {
  await using as = await startGateway({ config: printedJson('s1-ingress.jsonc') });
  for (const path of ['deploy-alert', 'error-alert', 'github-event', 'form-submission']) {
    const response = await fetch(`${as.url}/webhook/${path}`, { method: 'POST', headers: { ...JSON_TYPE, 'x-webhook-secret': SECRET }, body: '{"repository":{"full_name":"o/r"},"action":"opened","email":"a@b.c","message":"Hi"}' });
    expect([path, response.status]).toEqual([path, 200]);
  }
  expect([await told('github-event', as), await told('form-submission', as)]).toEqual([['GitHub event: opened on o/r'], ['New form submission from a@b.c: Hi']]);
});

verifies('s1.template-body', async () => {
  await post('automation', '{"as": "it was sent"}', { ...JSON_TYPE, 'x-webhook-secret': SECRET });
  expect(await told('automation')).toContain('{"as": "it was sent"}');
});

verifies('s1.template-field', async () => {
  await post('error-alert', '{"service":"search","error":{"code":7}}', { ...JSON_TYPE, 'x-webhook-secret': SECRET });
  expect(await told('error-alert')).toContain('Production error in search: {"code":7}');
});

verifies('s1.template-nested', async () => {
  await post('github-event', '{"action":"closed","repository":{"full_name":"myorg/api"}}', { ...JSON_TYPE, 'x-webhook-secret': SECRET });
  expect(await told('github-event')).toContain('GitHub event: closed on myorg/api');
});

verifies('s1.ingress-secret', async () => {
  // As printed it is part of a configuration that has endpoints, too.
  const { webhooks } = printedJson('s1-ingress-secret.jsonc') as { readonly webhooks: { readonly incoming: object } };
  await using as = await startGateway({ env: { WEBHOOK_SECRET: 'from-the-environment' }, config: { webhooks: { incoming: { ...webhooks.incoming, endpoints: [{ path: '/a' }] } } } });
  const ask = async (secret: string) => (await fetch(`${as.url}/webhook/a`, { method: 'POST', headers: { 'x-webhook-secret': secret } })).status;
  expect([await ask('from-the-environment'), await ask('${WEBHOOK_SECRET}')]).toEqual([200, 401]);
});

verifies('s1.ingress-401', async () => {
  for (const headers of [{}, { 'x-webhook-secret': 'another' }] satisfies Readonly<Record<string, string>>[]) {
    expect((await post('deploy-alert', '{"service":"never told"}', { ...JSON_TYPE, ...headers })).status).toBe(401);
  }
  expect(JSON.stringify(gateway.model.requests)).not.toContain('never told');
});

verifies('s1.webhook-invalid', async () => {
  const [missing, badPath] = [await post('deploy-alert', '{}', JSON_TYPE), await post('no-such-path', '{}', { ...JSON_TYPE, 'x-webhook-secret': SECRET })];
  expect([missing.body.error?.code, badPath.body.error?.code]).toEqual(['WEBHOOK_INVALID', 'WEBHOOK_INVALID']);
});

verifies('s0.any-webhook', async () => {
  const github = '{"action":"opened","repository":{"full_name":"o/r"},"pull_request":{"title":"Fix it"}}';
  const stripe = '{"id":"evt_1","type":"invoice.paid"}';
  expect((await post('github', github, { ...JSON_TYPE, ...VENDORS['github']?.sign(github) })).status).toBe(200);
  expect((await post('stripe', stripe, { ...JSON_TYPE, ...VENDORS['stripe']?.sign(stripe) })).status).toBe(200);
  expect([await told('github'), await told('stripe')]).toEqual([['GitHub event: opened on o/r'], ['Stripe: invoice.paid']]);
});

verifies('s1.ingress-slack', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  // As Slack's pages show what an outgoing webhook and a slash command send.
  const command = 'team_id=T0001&team_domain=example&channel_id=C2147483705&channel_name=test&timestamp=1355517523.000005&user_id=U2147483697&user_name=Steve&text=googlebot%3A+What+is+the+air-speed%3F&trigger_word=googlebot%3A';
  expect((await post('slack-command', `token=${SLACK_TOKEN}&${command}`, form)).status).toBe(200);
  expect((await post('slack-command', `token=another&${command}`, form)).status).toBe(401);
  expect((await post('slack-signed', command, { ...form, ...VENDORS['slack']?.sign(command) })).status).toBe(200);
  expect((await post('slack-signed', command, form)).status).toBe(401);
  const said = 'Slack user Steve says: googlebot: What is the air-speed?';
  expect([await told('slack-command'), await told('slack-signed')]).toEqual([[said], [said]]);
});

verifies('s1.ingress-home', async () => {
  // What Home Assistant makes of the printed automation: its template filled, its secret put in.
  const yaml = printed('s1-home-assistant.yml', { 'http://192.168.1.100:18789': gateway.url, '!secret openclaw_webhook_secret': SECRET });
  const one = (pattern: RegExp): string => pattern.exec(yaml)?.[1] ?? '';
  const payload = one(/payload: '(.+)'/).replace(/\{\{ (\w+) \}\}/g, (_, name: string) => one(new RegExp(`^ {10}${name}: "(.+)"$`, 'm')));
  const headers = Object.fromEntries([...one(/headers:\n((?: {6}.+\n)+)/).matchAll(/^ {6}([\w-]+): "?([^"\n]+)"?$/gm)].map(([, name = '', value = '']) => [name, value]));
  const response = await fetch(one(/url: "(.+)"/), { method: one(/method: (\w+)/), headers, body: payload });
  expect(response.status).toBe(200);
  expect(await told('home-event')).toEqual(['Home event: motion_detected at front_door']);
});

verifies('s1.n8n', async () => {
  const text = printed('s1-n8n.txt', { 'https://your-agent.example.com': gateway.url, 'your-secret': SECRET });
  const [, method = '', url = '', name = '', value = '', body = ''] = /Method: (\w+)\nURL: (\S+)\nHeaders: (\S+) = (\S+)\nBody: (.+)/.exec(text) ?? [];
  const response = await fetch(url, { method, headers: { ...JSON_TYPE, [name]: value }, body });
  expect(response.status).toBe(200);
  expect((await told('automation')).at(-1)).toBe(body);
});

const missing = await needs('curl');
describe.skipIf(missing)(`with curl${missing}`, () => {
  const bash = async (script: string): Promise<string> => (await desk.run('bash', ['-euc', script]).ended).out;
  const here = (name: string, more: Readonly<Record<string, string>> = {}): string => printed(name, { 'http://localhost:18789': gateway.url, ...more });

  verifies('s1.deploy-alert', async () => {
    expect(await bash(here('s1-deploy-alert.sh'))).toContain('"ok":true,"accepted":true');
    expect(await told('deploy-alert')).toContain('Deployment completed: api-v2 is now success (commit abc123)');
  });

  verifies('s1.error-alert', async () => {
    await bash(here('s1-deploy-alert.sh'));
    expect(await told('error-alert')).toContain('Production error in payments: Connection timeout to database');
  });

  verifies('s1.test-ingress', async () => {
    const { err } = await desk.run('bash', ['-euc', here('s1-test-ingress.sh', { 'your-secret': SECRET })]).ended;
    expect(err).toMatch(/< HTTP\/1\.1 200 OK/);
  });

  const runStep = (): Promise<string> => {
    const yaml = printed('s1-github-actions.yml', { 'https://your-agent.example.com': gateway.url });
    const script = /run: \|\n((?: {10}.*\n?)+)/.exec(yaml)?.[1] ?? '';
    const known: Readonly<Record<string, string>> = {
      'secrets.OPENCLAW_WEBHOOK_SECRET': SECRET, 'github.repository': 'myorg/api', 'job.status': 'success', 'github.sha': 'abc1234', 'github.actor': 'octocat',
    };
    // As a runner does it, before the shell sees it.
    return bash(script.replace(/^ {10}/gm, '').replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => known[name] ?? ''));
  };

  verifies('s1.github-actions', async () => {
    expect(await runStep()).toContain('"accepted":true');
  });

  verifies('s1.github-actions-message', async () => {
    await runStep();
    expect(await told('deploy-alert')).toContain('Deployment completed: myorg/api is now success (commit abc1234)');
  });
});

verifies('beyond.hooks', async () => {
  await using as = await startGateway({
    config: { hooks: { enabled: true, token: 'the-token-of-the-hooks', allowedAgentIds: ['main'], allowRequestSessionKey: false, mappings: [{ match: { path: 'github' }, messageTemplate: '{{payload.action}} {{repository.name}}' }] } },
  });
  const ask = async (path: string, body: object) => {
    const response = await fetch(`${as.url}/hooks/${path}`, { method: 'POST', headers: { authorization: 'Bearer the-token-of-the-hooks', ...JSON_TYPE }, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  expect(await ask('wake', { text: 'New email received', mode: 'now' })).toEqual({ status: 200, body: { ok: true, mode: 'now', eventOutcome: 'queued' } });
  expect(await ask('agent', { message: 'Summarize inbox', name: 'Email', idempotencyKey: 'one' })).toEqual({ status: 200, body: { ok: true, runId: expect.any(String) } });
  expect(await ask('github', { action: 'opened', repository: { name: 'api' } })).toEqual({ status: 200, body: { ok: true, runId: expect.any(String) } });
});
