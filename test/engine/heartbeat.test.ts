/** A heart as its owner sees it beat. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkspace, heartbeatStatus, listAudit, sendMessage, sessionHistory, triggerHeartbeat, wakeAgent } from '@openclaw/contract';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const PROMPT = 'This is your heartbeat';

const startBeating = (heartbeat: object, more: object = {}) =>
  startGateway({ script: () => ({ text: 'HEARTBEAT_OK' }), config: { agents: { defaults: { heartbeat }, ...more } } });

const writeTasks = async (gateway: TestGateway, text: string, place = 'workspaces/main'): Promise<void> => {
  await mkdir(join(gateway.folder, place), { recursive: true });
  await writeFile(join(gateway.folder, place, 'HEARTBEAT.md'), text);
};
const beats = (gateway: TestGateway) => gateway.model.requests.filter(({ messages }) => messages.at(-1)?.text.includes(PROMPT));

test('it is off unless asked, and asks no model where there is nothing to do', async () => {
  await using gateway = await startBeating({});
  await writeTasks(gateway, '# Heartbeat\n<!-- nothing yet -->\n');
  expect(await gateway.client.call(heartbeatStatus, {})).toMatchObject({ everyMs: null, nextAt: null, hasTasks: false, lastBeat: null });
  expect(await gateway.client.call(triggerHeartbeat, {})).toMatchObject({ status: 'HEARTBEAT_OK', tokensUsed: 0, turnId: null });
  await using beating = await startBeating({ every: '1s' });
  await sleep(2_500);
  expect([gateway.model.requests, beating.model.requests]).toEqual([[], []]);
});

test('it beats by itself while there is something to do, once a beat', async () => {
  await using gateway = await startBeating({ every: '1s' });
  await writeTasks(gateway, '- water the plants\n');
  await expect.poll(() => beats(gateway).length, { timeout: 6_000 }).toBeGreaterThan(1);
  await rm(join(gateway.folder, 'workspaces/main/HEARTBEAT.md'));
  await sleep(1_200);
  const before = beats(gateway).length;
  await sleep(2_200);
  expect(beats(gateway)).toHaveLength(before);
  expect(beats(gateway)[0]?.messages.at(-1)?.text).toContain('## HEARTBEAT.md\n- water the plants');
  expect(await gateway.client.call(heartbeatStatus, {})).toMatchObject({ everyMs: 1_000, lastBeat: { state: 'ran' } });
});

test('what waited for it is told once, and what came from outside is no instruction', async () => {
  await using gateway = await startBeating({ every: '1h' });
  for (const text of ['the build is red', 'the build is red', 'and the tests too']) await gateway.client.call(wakeAgent, { text, mode: 'next-heartbeat' });
  expect((await gateway.client.call(wakeAgent, { text: 'the build is red', mode: 'next-heartbeat' })).outcome).toBe('coalesced');
  expect(await gateway.client.call(heartbeatStatus, {})).toMatchObject({ waiting: 2 });
  const dry = await gateway.client.call(triggerHeartbeat, { dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, wouldDo: ['would tell test/model: the build is red', 'would tell test/model: and the tests too'], turnId: null });
  expect([gateway.model.requests.length, (await gateway.client.call(heartbeatStatus, {})).waiting]).toEqual([0, 2]);
  await gateway.client.call(triggerHeartbeat, {});
  expect(beats(gateway).at(-1)?.messages.at(-1)?.text).toMatch(/## What happened meanwhile\n- the build is red\n- and the tests too$/);
  expect(await gateway.client.call(triggerHeartbeat, {})).toMatchObject({ turnId: null });
});

test('woken now, the agent is told in a turn of its own, where it was said', async () => {
  await using gateway = await startBeating({});
  const woken = await gateway.client.call(wakeAgent, { text: 'The doorbell rang', session: 'door' });
  expect(woken).toMatchObject({ mode: 'now', outcome: 'queued', turnId: expect.stringMatching(/^turn_/) });
  await expect.poll(async () => (await gateway.client.call(sessionHistory, { session: 'door' }).catch(() => ({ messages: [] }))).messages.map(({ text }) => text)).toEqual(['The doorbell rang', 'HEARTBEAT_OK']);
  await expect(gateway.client.call(wakeAgent, { text: 'x', session: 'agent:nobody:main' })).rejects.toMatchObject({ code: 'session_not_found' });
  await expect(gateway.client.call(wakeAgent, { text: 'x', session: 'agent:nobody:main', mode: 'next-heartbeat' })).rejects.toMatchObject({ code: 'session_not_found' });
});

test('each agent beats in each workspace for itself, with its own words, model and session', async () => {
  await using gateway = await startBeating({ every: '1s', prompt: 'Look around.', session: 'pulse' }, { entries: { ops: { model: 'test/ops', heartbeat: { every: '0m' } } } });
  await gateway.client.call(createWorkspace, { id: 'team' });
  const folder = (await gateway.client.call(heartbeatStatus, { workspace: 'team' })).file;
  await writeTasks(gateway, '- the team', folder.slice(gateway.folder.length + 1, -'/HEARTBEAT.md'.length));
  await expect.poll(() => gateway.model.requests.filter(({ messages }) => messages.at(-1)?.text === 'Look around.\n\n## HEARTBEAT.md\n- the team').length, { timeout: 6_000 }).toBeGreaterThan(0);
  await expect.poll(async () => (await gateway.client.call(sessionHistory, { session: 'agent:main:team:pulse' })).messages.length).toBeGreaterThan(1);
  expect(await gateway.client.call(heartbeatStatus, { agent: 'ops' })).toMatchObject({ everyMs: null });
  await expect(gateway.client.call(heartbeatStatus, { agent: 'nobody' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('outside its hours it does not beat by itself, and says when it will', async () => {
  const hour = new Date().getUTCHours();
  const clock = (offset: number) => `${String((hour + offset + 24) % 24).padStart(2, '0')}:00`;
  await using gateway = await startBeating({ every: '1s', activeHours: { start: clock(3), end: clock(5), timezone: 'UTC' } });
  await writeTasks(gateway, '- water the plants');
  await sleep(2_200);
  expect(gateway.model.requests).toEqual([]);
  const { activeHours } = await gateway.client.call(heartbeatStatus, {});
  expect(activeHours).toEqual({ start: clock(3), end: clock(5), timezone: 'UTC' });
  // Somebody who asks is answered at any hour.
  expect(await gateway.client.call(triggerHeartbeat, {})).toMatchObject({ status: 'HEARTBEAT_OK', turnId: expect.any(String) });
});

test('by itself it may do what a helper may, and no more', async () => {
  const seen: unknown[] = [];
  const meddle = defineTool({
    name: 'meddle', description: 'Asks for what it should not have', effect: 'none', input: z.strictObject({}),
    run: async (_, { call }) => {
      await call(sendMessage, { session: 'elsewhere', text: 'Hi', timeoutSeconds: 0 });
      return call(listAudit, {}).then(() => 'had it', (thrown: unknown) => String(thrown));
    },
  });
  await using gateway = await startGateway({
    tools: [meddle], config: { agents: { defaults: { heartbeat: { every: '1s' } } } },
    script: ({ messages }) => {
      const last = messages.at(-1);
      if (last?.role === 'tool') seen.push(last.text);
      return last?.role !== 'tool' && last?.text.includes(PROMPT) ? { toolCalls: [{ tool: 'meddle', input: {} }] } : { text: 'NO_REPLY' };
    },
  });
  await writeTasks(gateway, '- meddle');
  await expect.poll(() => seen.length, { timeout: 8_000 }).toBeGreaterThan(0);
  expect(seen[0]).toContain('lacks the permission audit:read');
});
