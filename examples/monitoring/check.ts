import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../kit/example.ts';

const NOBODY = `openclaw config set models.providers.nobody '{"baseUrl": "http://127.0.0.1:9/v1", "models": [{"id": "model"}]}'`;
const FAILS = 'openclaw send --model nobody/model "Hello"';
const READABLE =
  `openclaw config set webhooks.outgoing.1.transform '{"message": "OpenClaw error: {{event.message}}", "status": "error", "service": "openclaw-agent", "ddsource": "openclaw", "code": "{{event.code}}", "context": "{{event.context}}"}'`;
const ERROR = 'No model answered. nobody/model: Connection to 127.0.0.1:9 failed: connect ECONNREFUSED 127.0.0.1:9.';

export const check: Check = {
  command: 'node stand-ins.mjs',
  programs: ['openssl'],
  listensAt: 'MONITORING_URL',
  insteadOf: ['https://events.pagerduty.com', 'https://http-intake.logs.datadoghq.com'],
  run: async ({ gateway, start, beside, exported }) => {
    /** The configuration is taken up by itself, a moment later. */
    const configure = async (line: string, shows: string) => {
      assert.equal((await beside(line)).code, 0);
      const shown = async () => (await gateway.request('/api/v1/config')).text();
      const patience = Date.now() + 10_000;
      while (!(await shown()).includes(shows)) {
        assert.ok(Date.now() < patience, `not taken up: ${line}`);
        await pause(50);
      }
    };
    await configure(NOBODY, '"nobody"');
    const causing = async () => {
      const waiting = start();
      await waiting.until('Waiting at');
      const { code, err } = await beside(FAILS);
      assert.notEqual(code, 0);
      assert.ok(err.includes(ERROR), err);
      return waiting.ended;
    };

    const first = await causing();
    assert.deepEqual([first.code, first.err], [0, '']);
    assert.match(first.out, new RegExp(`^PagerDuty: 202 error from openclaw-agent: OpenClaw error: ${ERROR}$`, 'm'));
    const [, log = ''] = /^Datadog: 202 without a message: (.*)$/m.exec(first.out) ?? [];
    const { event: name, data } = JSON.parse(log) as { readonly event: string; readonly data: { readonly code: string; readonly message: string } }; // agent.error, as the guide has it
    assert.deepEqual([name, data.code, data.message], ['agent.error', 'model_failed', ERROR]);

    await configure(READABLE, 'ddsource');
    assert.match((await causing()).out, new RegExp(`^Datadog: 202 OpenClaw error: ${ERROR}$`, 'm'));

    // What the services would refuse is refused here, too.
    const event = { routing_key: exported['PAGERDUTY_ROUTING_KEY'], event_action: 'trigger', payload: { summary: 'It fails', severity: 'error', source: 'here' } };
    for (const [path, key, sent, refusal] of [
      ['/v2/enqueue', '', { ...event, routing_key: 'short' }, /^PagerDuty: 400 Length of 'routing_key' is incorrect/],
      ['/v2/enqueue', '', { ...event, routing_key: '0'.repeat(32) }, /^PagerDuty: 400 'routing_key' is no integration's/],
      ['/v2/enqueue', '', { ...event, payload: { ...event.payload, severity: 'fatal' } }, /^PagerDuty: 400 'payload.severity' must be/],
      ['/v2/enqueue', '', { ...event, payload: { severity: 'error' } }, /^PagerDuty: 400 'payload.summary' must be .*; 'payload.source' is missing$/m],
      ['/api/v2/logs', '', {}, /^Datadog: 401 /],
      ['/api/v2/logs', 'another', {}, /^Datadog: 403 /],
    ] as const) {
      const waiting = start();
      await waiting.until('Waiting at');
      await fetch(`${exported['MONITORING_URL']}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(key && { 'dd-api-key': key }) }, body: JSON.stringify(sent) });
      const { code, err } = await waiting.ended;
      assert.equal(code, 1);
      assert.match(err, refusal);
    }

    // And nobody is shown the keys.
    const shown = await Promise.all(['/api/v1/config', '/api/v1/webhooks'].map(async (path) => (await gateway.request(path)).text()));
    for (const variable of ['PAGERDUTY_ROUTING_KEY', 'DATADOG_API_KEY']) assert.ok(!`${shown.join('')}${JSON.stringify(gateway.logged)}`.includes(exported[variable] ?? ''), variable);
  },
};
