import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { type Home, makeHome, run } from './program.ts';

let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const cli = (...args: readonly string[]) => run(args, env);
const answers = async (secret: string) => (await gateway.request('/api/v1/health', { headers: { authorization: `Bearer ${secret}` } })).status;

describe('api-key', () => {
  let secret = '';
  let fresh = '';

  verifies('s2.key-create', async () => {
    const { code, out } = await cli('api-key', 'create', '--label', 'My App', '--workspaces', 'team,admins');
    expect(code).toBe(0);
    expect(out).toMatch(/^API Key: +oclaw_live_\w+\nLabel: +My App\nWorkspaces: +team, admins\n(.*\n)*Created: +\d{4}-\d\d-\d\d\nSave this key immediately — it is only shown once\.\n$/);
    secret = /oclaw_live_\w+/.exec(out)?.[0] ?? '';
    expect(await answers(secret)).toBe(200);
  });

  verifies('s2.key-list', async () => {
    const listed = await cli('api-key', 'list');
    expect(listed.out).toMatch(new RegExp(`^NAME .*\nMy App +${secret.slice(0, 23)}\\.\\.\\. +7 +team,admins +\\d{4}-\\d\\d-\\d\\d +(now|\\d+ seconds? ago) +holds\n$`));
    expect(listed.out).not.toContain(secret);
  });

  verifies('s2.key-rotate', async () => {
    const rotated = await cli('api-key', 'rotate', secret);
    fresh = /oclaw_live_\w+/.exec(rotated.out)?.[0] ?? '';
    expect([await answers(secret), await answers(fresh)]).toEqual([401, 200]);
  });

  verifies('s2.key-revoke', async () => {
    expect((await cli('api-key', 'revoke', fresh.slice(0, 23))).out).toBe(`The key My App (${fresh.slice(0, 23)}...) is revoked\n`);
    expect(await answers(fresh)).toBe(401);
    expect((await cli('api-key', 'list', '--revoked')).out.match(/revoked/g)).toHaveLength(2);
  });

  test('mistakes are told with what to do', async () => {
    expect(await cli('api-key', 'revoke', 'nobody')).toMatchObject({ code: 1, err: expect.stringContaining('No key or token') });
    expect(await cli('api-key', 'revoke')).toMatchObject({ code: 2, err: expect.stringContaining('api-key list') });
    expect(await cli('api-key', 'create')).toMatchObject({ code: 1, err: expect.stringContaining('--label') });
    expect(await cli('api-key', 'create', '--label', 'x', '--permissions', 'everything')).toMatchObject({ code: 1, err: expect.stringContaining('messages:write') });
    expect(await cli('api-key', 'create', '--label', 'x', '--expires', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('90d') });
  });
});

describe('token', () => {
  let secret = '';

  verifies('s4.token-create', async () => {
    const created = await Promise.all([
      cli('token', 'create', '--name', 'my-integration'),
      cli('token', 'create', '--name', 'dashboard', '--scope', 'read'),
      cli('token', 'create', '--name', 'ci-pipeline', '--scope', 'execute', '--expires', '90d', '--json'),
    ]);
    expect(created.map(({ code }) => code)).toEqual([0, 0, 0]);
    [secret = ''] = /ocl_\w+/.exec(created[0].out) ?? [];
    expect(await answers(secret)).toBe(200);
    expect(JSON.parse(created[2].out)).toMatchObject({ scope: 'execute', secret: expect.stringMatching(/^ocl_/), expiresAt: expect.stringMatching(/^\d{4}/) });
  });

  verifies('s4.token-list', async () => {
    const { out } = await cli('token', 'list');
    expect(out).toMatch(/^NAME +TOKEN +SCOPE/);
    for (const [name, scope] of [['my-integration', 'full'], ['dashboard', 'read'], ['ci-pipeline', 'execute']]) expect(out).toMatch(new RegExp(`${name} +ocl_\\w{12}\\.\\.\\. +${scope} `));
    expect(out).not.toContain(secret);
  });

  verifies('s4.token-revoke', async () => {
    expect((await cli('token', 'revoke', '--name', 'my-integration')).out).toContain('my-integration');
    expect(await answers(secret)).toBe(401);
  });
});

describe('workspaces', () => {
  test('are made, shown, changed and deleted', async () => {
    expect((await cli('workspaces', 'create', 'new-team', '--label', 'New Team', '--agent', 'balanced', '--usd-per-day', '2.5')).out).toMatch(/Workspace +new-team\nLabel +New Team\nAgent +balanced\n/);
    expect((await cli('workspaces', 'allow', 'new-team', 'telegram:1', 'telegram:2')).out).toMatch(/May write +telegram:1, telegram:2\n/);
    expect(JSON.parse((await cli('workspaces', 'deny', 'new-team', 'telegram:2', '--json')).out)).toMatchObject({ allowlist: ['telegram:1'], budget: { usdPerDay: 2.5 } });
    expect((await cli('workspaces', 'update', 'new-team', '--agent', 'fast')).out).toMatch(/Agent +fast\n(.*\n)*Budget +\$2\.50 a day\n/);
    expect((await cli('workspaces', 'list')).out).toMatch(/^WORKSPACE +LABEL +AGENT +SESSIONS +CREATED\nmain .*\nnew-team +New Team +fast +0 /);
    expect(await cli('workspaces', 'delete', 'new-team')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    expect((await cli('workspaces', 'delete', 'new-team', '--yes')).out).toBe('The workspace new-team is deleted, with 0 sessions\n');
    expect(await cli('workspaces', 'show', 'new-team')).toMatchObject({ code: 1, err: expect.stringContaining('no workspace new-team') });
  });
});
