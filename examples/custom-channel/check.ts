import assert from 'node:assert/strict';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getStatus, patchConfig } from '@openclaw/contract';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import type { Check } from '../kit/example.ts';

const SECRET = 'the-secret-of-the-channel';

export const check: Check = {
  command: 'node ask.mjs',
  run: async ({ gateway, folder, says, run, heard }) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = portOf(taken);
    await new Promise((resolve) => taken.close(resolve));

    // What `npm install express` does there.
    const channel = join(gateway.folder, 'channels/http-api');
    await cp(join(folder, 'channels/http-api'), channel, { recursive: true });
    await mkdir(join(channel, 'node_modules'));
    await symlink(join(import.meta.dirname, '../../node_modules/express'), join(channel, 'node_modules/express'));
    await gateway.client.call(patchConfig, { patch: { channels: { 'http-api': { port, hmac_secret: SECRET } } } });
    for (let tries = 0; (await gateway.client.call(getStatus, {})).channels['http-api'] !== 'connected' && tries < 200; tries++) await sleep(50);

    const env = { HTTP_API_URL: `http://127.0.0.1:${port}`, HTTP_API_SECRET: SECRET };
    assert.equal(await says(env), 'http-api is connected\nHeard: Hello\n');
    assert.deepEqual(heard(), ['Hello']);
    assert.match((await run({ ...env, HTTP_API_SECRET: 'another' })).out, /Invalid signature/);
    assert.match((await run({ HTTP_API_URL: env.HTTP_API_URL })).err, /HTTP_API_SECRET/);
  },
};
