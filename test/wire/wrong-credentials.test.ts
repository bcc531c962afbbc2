import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

test('an address that tries too many wrong credentials is not listened to, even with the right one', async () => {
  await using gateway = await startGateway();
  const ask = (token: string) => gateway.request('/api/native/status.get', { json: {}, headers: { authorization: `Bearer ${token}` } });
  let wrong = await ask('wrong-0');
  let tries = 1;
  // Ten in a minute; twice that where a minute ends in between.
  for (; wrong.status === 401 && tries < 21; tries++) {
    expect(await wrong.json()).toMatchObject({ error: { code: 'auth_invalid' } });
    wrong = await ask(`wrong-${tries}`);
  }
  expect(tries).toBeGreaterThanOrEqual(11);
  for (const refused of [wrong, await ask(gateway.token)]) {
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited', retry_after: expect.any(Number) } });
  }
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
});
