/** The skills management that the fifth document prints, against a registry on loopback. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type RegistryServer, sha512, startRegistry } from '../support/registry-server.ts';
import { npmTarball, SKILL } from '../support/tar.ts';
import { openSocket } from '../support/socket-client.ts';
import { makeHome, run } from '../cli/program.ts';
import { verifies } from '../requirements/verifies.ts';
import { ask } from './ask.ts';
import { printedRequests } from './printed.ts';

const NAME = 'openclaw-skill-git-helper';
const [list, install, remove] = printedRequests('s4-skills.http', { ':name': NAME });

let registry: RegistryServer;
let gateway: TestGateway;
const tarball = npmTarball(NAME, '1.4.0', { 'SKILL.md': SKILL('git-helper'), 'LICENSE': 'MIT' });
beforeAll(async () => {
  registry = await startRegistry();
  registry.publish(NAME, '1.4.0', tarball);
  gateway = await startGateway({ config: { skills: { registry: registry.url } } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const send = (request: typeof list) => (request ? ask(gateway, request) : expect.fail('the document prints three requests'));

describe('skills management', () => {
  verifies('s4.install-skill', async () => {
    const { status, json } = await send(install);
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'git-helper', version: '1.4.0', enabled: true, source: 'npm', from: `${NAME}@1.4.0`, integrity: sha512(tarball), modified: false, eligible: true, warnings: [] });
  });

  verifies('s4.list-skills', async () => {
    await send(install);
    const { status, json } = await send(list);
    expect(status).toBe(200);
    expect(json).toMatchObject({ skills: [{ name: 'git-helper', version: '1.4.0', installed_at: expect.stringMatching(/Z$/) }], total: 1, limit: 50, offset: 0 });
  });

  verifies('s4.remove-skill', async () => {
    await send(install);
    expect(await send(remove)).toMatchObject({ status: 200, json: { deleted: true } });
    expect((await send(list)).json).toMatchObject({ skills: [], total: 0 });
    expect(await send(remove)).toMatchObject({ status: 404, json: { error: { code: 'skill_not_found' } } });
  });

  verifies('s4.skill-events', async () => {
    await send(install);
    await send(remove);
    const { json } = await ask(gateway, { method: 'POST', path: '/api/native/events.list', body: '{"limit": 200}' });
    const events = (json['events'] as { type: string; data: object }[]).slice(-2); // as the contract has it
    expect(events).toMatchObject([
      { type: 'skill.installed', data: { name: 'git-helper', version: '1.4.0', source: 'npm', from: `${NAME}@1.4.0`, integrity: sha512(tarball) } },
      { type: 'skill.removed', data: { name: 'git-helper', version: '1.4.0', removedBy: 'gateway-token' } },
    ]);
  });

  verifies('s1.skill-not-found', async () => {
    await using socket = await openSocket(gateway.url, gateway);
    expect(await socket.ask({ type: 'call', operation: 'skills.get', input: { skill: 'absent' } })).toMatchObject({ type: 'error', payload: { code: 'SKILL_NOT_FOUND' } });
    await using home = await makeHome();
    expect(await run(['skills', 'list'], { ...home.env, OPENCLAW_STATE_DIR: gateway.folder })).toMatchObject({ code: 0 });
  });
});
