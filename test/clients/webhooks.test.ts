import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { verifyStandardWebhook, verifyWebhook } from '../../packages/api-client/src/webhooks.ts';
import { printed } from '../printed/printed.ts';

const BODY = '{"event":"task.completed","data":{"prompt":"Grüße"}}';
const SECRET = 'your-webhook-secret';
const hex = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('hex');

/** What the function that a document prints says. */
const documented = (name: string, signature: string): unknown => {
  // As a script, which has no `import`.
  const code = printed(name).replace('import crypto from "crypto";', "const crypto = require('crypto');");
  return runInNewContext(`${code}\nverifyWebhook(body, signature, secret)`, { require: createRequire(import.meta.url), Buffer, body: BODY, signature, secret: SECRET });
};

test.each([
  ['s2-verify-webhook.js', `sha256=${hex(BODY, SECRET)}`],
  ['s4-verify-webhook.mjs', hex(BODY, SECRET)],
])('what %s accepts is accepted, and nothing near it', (name, signature) => {
  expect(documented(name, signature)).toBe(true);
  expect(verifyWebhook(BODY, signature, SECRET)).toBe(true);
  expect(verifyWebhook(Buffer.from(BODY), signature, SECRET)).toBe(true);
  expect(verifyWebhook(`${BODY} `, signature, SECRET)).toBe(false);
  expect(verifyWebhook(BODY, signature, `${SECRET}x`)).toBe(false);
  expect(verifyWebhook(BODY, signature.slice(0, -1), SECRET)).toBe(false);
  expect(verifyWebhook(BODY, `${signature}00`, SECRET)).toBe(false);
  expect(verifyWebhook(BODY, signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')), SECRET)).toBe(false);
});

test.each([undefined, null, '', 'sha256=', 'sha1=abc', 'ü'.repeat(64)])('no signature (%s) is no signature', (signature) => {
  expect(verifyWebhook(BODY, signature, SECRET)).toBe(false);
});

test('an empty secret signs nothing', () => {
  expect(verifyWebhook(BODY, hex(BODY, ''), '')).toBe(false);
  expect(verifyStandardWebhook(BODY, { 'webhook-id': 'a', 'webhook-timestamp': '1', 'webhook-signature': 'v1,' }, '', { now: 1_000 })).toBe(false);
});

// The example of the specification, https://www.standardwebhooks.com.
const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const AT = 1_614_265_330;
const PAYLOAD = '{"test": 2432232314}';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const headers = (signature: string, timestamp = AT) => ({ 'webhook-id': ID, 'Webhook-Timestamp': String(timestamp), 'webhook-signature': signature });
const now = AT * 1000;

test('Standard Webhooks: the example of the specification', () => {
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE), KEY, { now })).toBe(true);
  expect(verifyStandardWebhook(PAYLOAD, new Headers(headers(SIGNATURE)), KEY, { now })).toBe(true);
  expect(verifyStandardWebhook(PAYLOAD, headers(`v1,AAAA v1a,x ${SIGNATURE}`), KEY, { now })).toBe(true);
  expect(verifyStandardWebhook(`${PAYLOAD} `, headers(SIGNATURE), KEY, { now })).toBe(false);
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE.replace('v1,', 'v2,')), KEY, { now })).toBe(false);
  expect(verifyStandardWebhook(PAYLOAD, { ...headers(SIGNATURE), 'webhook-id': 'msg_other' }, KEY, { now })).toBe(false);
});

test('Standard Webhooks: what is too old or too new is refused', () => {
  const late = { now: now + 301_000 };
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE), KEY, late)).toBe(false);
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE), KEY, { ...late, toleranceSeconds: 600 })).toBe(true);
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE), KEY, { now: now - 301_000 })).toBe(false);
  expect(verifyStandardWebhook(PAYLOAD, headers(SIGNATURE), KEY)).toBe(false);
});

test('Standard Webhooks: a secret that is no whsec_ is taken as it is', () => {
  const signature = createHmac('sha256', SECRET).update(`${ID}.${AT}.${BODY}`).digest('base64');
  expect(verifyStandardWebhook(BODY, headers(`v1,${signature}`), SECRET, { now })).toBe(true);
});
