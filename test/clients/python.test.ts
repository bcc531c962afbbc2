/** The Python client against a server that fails in every way; each program runs with the blocking client and with the one for asyncio. */
import { describe, expect, test } from 'vitest';
import { ERROR_STATUS } from '@openclaw/contract/errors';
import { FLAVOURS, noPython, runPython, tellsOf } from '../support/python.ts';
import { type ApiScript, refusal, sse, startScriptedApi } from '../support/scripted-api.ts';

const DONE = { type: 'done', messageId: 'msg_1', tokensUsed: 7, latencyMs: 3, sessionId: 'sess_1', finishReason: 'stop', id: 't:end' };
const token = (content: string, id: string) => ({ type: 'token', content, id });

describe.skipIf(noPython)(`Python${noPython}`, () => {
  describe.each(FLAVOURS)('$flavour', (flavour) => {
    const tells = async (script: ApiScript, lines: string) => {
      await using api = await startScriptedApi(script);
      const told = await tellsOf(flavour, lines, { BASE: api.url });
      return { told, asked: api.asked, keys: new Set(api.asked.map(({ headers }) => headers['idempotency-key'])), left: api.left() };
    };

    test('a message that may succeed in a moment is sent again, under one key', async () => {
      const script: ApiScript = (_, count) => (count === 1 ? refusal(503, 'starting') : count === 2 ? { cut: true } : { json: { response: 'Grüße', tokensUsed: 7, toolsInvoked: ['time'] } });
      const { told, asked, keys } = await tells(script, `
reply = await client.messages.send(workspace="team", user_id="me", message="Grüße", context={"language": "de"})
tell(reply.response, reply.tokens_used, reply.tools_invoked, reply.raw)`);
      expect(told).toEqual([['Grüße', 7, ['time'], { response: 'Grüße', tokensUsed: 7, toolsInvoked: ['time'] }]]);
      expect([asked.length, [...keys]]).toEqual([3, [expect.stringMatching(/^oc-[0-9a-f]{32}$/)]]);
      expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/messages', headers: { authorization: 'Bearer oclaw_live_secret' }, body: { workspace: 'team', userId: 'me', message: 'Grüße', context: { language: 'de' }, timeoutSeconds: 600 } });
    });

    test('Retry-After is waited for, half an answer and a proxy without a gateway are tried again', async () => {
      const script: ApiScript = (_, count) => {
        if (count === 1) return refusal(429, 'rate_limited', { retry_after: 1 });
        if (count === 2) return { text: '{"sta', cut: true, headers: { 'content-length': '20' } };
        return count === 3 ? { status: 502, text: '<html>' } : { json: { status: 'ok', memoryMB: 5 } };
      };
      const { told } = await tells(script, `
started = time.monotonic()
health = await client.with_options(max_retries=3).health()
tell(health.status, health.memory_mb, time.monotonic() - started >= 1)`);
      expect(told).toEqual([['ok', 5, true]]);
    });

    test('what stays the same is not tried again, and says all it knows', async () => {
      const codes = [[400, 'invalid_request'], [401, 'auth_invalid'], [404, 'session_not_found'], [409, 'idempotency_conflict'], [429, 'budget_exceeded'], [500, 'internal'], [502, 'model_failed'], [504, 'timeout']] as const;
      const { told, asked } = await tells((_, count) => {
        const [status, code] = codes[count - 1] ?? [500, 'internal'];
        return refusal(status, code, { details: { path: 'message' } }, { 'X-Request-Id': 'req_1' });
      }, `
for _ in range(${codes.length}):
    try:
        await client.messages.send(message="Hi")
    except OpenClawError as error:
        tell(told(error))`);
      expect(told).toEqual(codes.map(([status, code]) => expect.objectContaining({ code, status, request_id: 'req_1', details: { path: 'message' }, message: `Because of ${code}` })));
      expect(asked).toHaveLength(codes.length);
    });

    test('a limit that lasts longer than there is time is told at once', async () => {
      const { told, asked } = await tells(() => refusal(429, 'rate_limited', { retry_after: 45 }, { 'X-RateLimit-Reset': '1746005400' }), `
try:
    await client.with_options(timeout=30).health()
except OpenClawError as error:
    tell(error.status, error.headers["x-ratelimit-reset"], error.retry_after)`);
      expect([told, asked.length]).toEqual([[[429, '1746005400', 45]], 1]);
    });

    test('slow, gone, moved, and not the gateway', async () => {
      const script: ApiScript = (_, count) => (count === 1 ? { delayMs: 3_000 } : count === 2 ? { status: 307, headers: { location: 'http://127.0.0.1:9/' } } : { text: '<!doctype html>' });
      const { told, asked } = await tells(script, `
async def failing(work):
    try:
        await work()
    except OpenClawError as error:
        tell(error.code, error.status)
started = time.monotonic()
await failing(client.with_options(timeout=0.2).health)
await failing(client.health)
await failing(client.health)
await failing(Client("http://127.0.0.1:9", max_retries=0).health)
tell(time.monotonic() - started < 2)`);
      expect(told).toEqual([['request_timeout', null], ['redirected', 307], ['unexpected_answer', 200], ['connection_failed', null], true]);
      expect(asked).toHaveLength(3);
    });

    test('what would be sent wrongly is refused at once, and no key is shown', async () => {
      const { told } = await tells(() => ({ json: {} }), `
def wrong(make):
    try:
        make()
    except (ValueError, TypeError) as error:
        tell(type(error).__name__)
wrong(lambda: Client("localhost:3000"))
wrong(lambda: Client("http://user:word@localhost:3000"))
wrong(lambda: Client("http://localhost:3000", api_key="two\\nlines"))
wrong(lambda: Client("http://localhost:3000", api_key="one", token="two"))
try:
    await client.sessions.delete("..")
except ValueError:
    tell("refused")
await Client(os.environ["BASE"] + "/claw/", token="key\\n").sessions.get("agent:main/../x?y")
tell("secret" in repr(vars(client)) + str(vars(client._requester).keys()) + repr(client))`);
      expect(told).toEqual(['ValueError', 'ValueError', 'ValueError', 'TypeError', 'refused', false]);
    });

    test('names stay one piece of the path', async () => {
      const { asked } = await tells(() => ({ json: {} }), 'await Client(os.environ["BASE"] + "/claw/", token="key\\n").sessions.get("agent:main/../x?y")');
      expect(asked).toMatchObject([{ path: '/claw/api/v1/sessions/agent%3Amain%2F..%2Fx%3Fy', query: {}, headers: { authorization: 'Bearer key' } }]);
    });

    test('a stream gives its words, all that happens, and its end', async () => {
      const events = [token('Here', 't:1'), { type: 'tool_use', tool: 'time', input: {}, id: 't:2' }, { type: 'tool_result', tool: 'time', output: 'noon', id: 't:3' }, token(' is', 't:4'), DONE];
      const { told } = await tells(() => sse(...events), `
stream = client.messages.stream(workspace="team", message="Hi")
async for word in stream:
    tell(word)
tell((await stream.done()).tokens_used)
async for event in client.messages.stream(message="Hi").events():
    tell(event.type, event.tool, event.output)
tell((await client.messages.stream(message="Hi").done()).message_id)`);
      expect(told).toEqual(['Here', ' is', 7, ['token', null, null], ['tool_use', 'time', null], ['tool_result', 'time', 'noon'], ['token', null, null], ['done', null, null], 'msg_1']);
    });

    test('a stream that is cut is taken up again, each word once, with the same key', async () => {
      const { told, asked, keys } = await tells(({ headers }, count) => {
        if (count === 1) return { ...sse(token('one ', 't:1'), token('two ', 't:2')), cut: true };
        if (count === 2) return { cut: true };
        if (count === 3) return refusal(503, 'starting');
        return headers['last-event-id'] === 't:2' ? sse(token('three', 't:3'), DONE) : sse(token('again', 't:1'), DONE);
      }, `
async for word in client.messages.stream(message="Hi"):
    tell(word)`);
      expect(told).toEqual(['one ', 'two ', 'three']);
      expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 't:2', 't:2', 't:2']);
      expect(keys.size).toBe(1);
    });

    test('a stream without ids is not guessed on, and an error in it has its status', async () => {
      const script: ApiScript = (_, count) => (count === 1 ? { ...sse({ type: 'token', content: 'half' }), cut: true } : sse(token('a', 't:1'), { type: 'error', code: 'budget_exceeded', message: 'Spent', retry_after: 9, id: 't:end' }));
      const { told, asked } = await tells(script, `
for _ in range(2):
    try:
        async for word in client.messages.stream(message="Hi"):
            tell(word)
    except OpenClawError as error:
        tell(error.code, error.status, error.retry_after)`);
      expect([told, asked.length]).toEqual([['half', ['stream_interrupted', null, null], 'a', ['budget_exceeded', 429, 9]], 2]);
    });

    test('an error of the connection alone is waited out', async () => {
      const { told, asked } = await tells((_, count) =>
        count === 1
          ? { headers: { 'content-type': 'text/event-stream' }, text: 'id: t:1\r\ndata: {"type":"token","content":"a"}\r\n\r\nretry: 10\r\ndata: {"type":"error","code":"draining","message":"Stopping"}\r\n\r\n' }
          : sse(token('b', 't:2'), DONE), `
async for word in client.messages.stream(message="Hi"):
    tell(word)`);
      expect(told).toEqual(['a', 'b']);
      expect(asked[1]?.headers['last-event-id']).toBe('t:1');
    });

    test('who leaves a stream leaves its connection', async () => {
      await using api = await startScriptedApi(() => ({ ...sse(token('a', 't:1'), token('b', 't:2')), open: true }));
      const told = await tellsOf(flavour, `
stream = client.messages.stream(message="Hi")
async for word in stream:
    break
await stream.aclose()
try:
    await stream.done()
except OpenClawError as error:
    tell(error.code)
async with client.messages.stream(message="Hi") as stream:
    async for word in stream:
        break
await client.messages.stream(message="never read").aclose()
tell("end")`, { BASE: api.url });
      expect(told).toEqual(['stream_interrupted', 'end']);
      await expect.poll(() => api.left()).toBe(2);
    });
  });

  test('many messages wait at once, and a task that is cancelled leaves its connection', async () => {
    const silent = { ...sse(), text: ': still here\n\n', open: true };
    await using api = await startScriptedApi(({ body }) => ((body as { message: string }).message === 'forever' ? silent : { delayMs: 500, json: { response: 'Hi' } })); // as it is sent below
    const out = await runPython(`
import asyncio, os, time
from openclaw import AsyncOpenClaw
async def main():
    client = AsyncOpenClaw(os.environ["BASE"])
    started = time.monotonic()
    replies = await asyncio.gather(*(client.messages.send(message="Hi") for _ in range(60)))
    print(len(replies), time.monotonic() - started < 5)
    for work in (client.messages.send(message="forever"), client.messages.stream(message="forever").done()):
        task = asyncio.ensure_future(work)
        await asyncio.sleep(0.2)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("cancelled")
    await asyncio.sleep(0.2)
asyncio.run(main())
`, { BASE: api.url });
    expect(out).toBe('60 True\ncancelled\ncancelled\n');
    expect(api.left()).toBe(2);
  });

  test('the blocking client works inside a running loop, too', async () => {
    await using api = await startScriptedApi(({ path }) => (path.endsWith('stream') ? { ...sse(token('a', 't:1')), open: true } : { json: { status: 'ok' } }));
    const out = await runPython(`
import asyncio, os
from openclaw import OpenClaw
async def main():
    client = OpenClaw(os.environ["BASE"])
    print(client.health().status)
    for word in client.messages.stream(message="Hi"):
        print(word)
        break
asyncio.run(main())
`, { BASE: api.url });
    expect(out).toBe('ok\na\n');
    await expect.poll(() => api.left()).toBe(1);
  });

  test('knows the codes of the contract and their statuses', async () => {
    expect(JSON.parse(await runPython('import json; from openclaw.errors import STATUS_OF_CODE; print(json.dumps(STATUS_OF_CODE))'))).toEqual(ERROR_STATUS);
  });

  test('checks signatures of webhooks', async () => {
    const out = await runPython(`
import base64, hashlib, hmac
from openclaw import verify_standard_webhook, verify_webhook
body, secret = '{"event":"task.completed","data":{"prompt":"Grüße"}}', "your-webhook-secret"
signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
for given in (signature, "sha256=" + signature):
    assert verify_webhook(body, given, secret) and verify_webhook(body.encode(), given, secret)
    for wrong in (body + " ", ""):
        assert not verify_webhook(wrong, given, secret)
    assert not verify_webhook(body, given[:-1], secret) and not verify_webhook(body, given + "00", secret) and not verify_webhook(body, given, secret + "x")
for nothing in (None, "", "sha256=", "ü" * 64):
    assert not verify_webhook(body, nothing, secret)
assert not verify_webhook(body, hmac.new(b"", body.encode(), hashlib.sha256).hexdigest(), "")
# The example of the specification.
key, at, payload = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330, '{"test": 2432232314}'
headers = {"Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": str(at), "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
assert verify_standard_webhook(payload, headers, key, now=at)
assert not verify_standard_webhook(payload + " ", headers, key, now=at)
assert not verify_standard_webhook(payload, headers, key)
assert not verify_standard_webhook(payload, headers, key, now=at + 301) and not verify_standard_webhook(payload, headers, key, now=at - 301)
assert verify_standard_webhook(payload, headers, key, now=at + 301, tolerance_seconds=600)
assert not verify_standard_webhook(payload, {**headers, "webhook-timestamp": "x"}, key, now=at)
own = base64.b64encode(hmac.new(secret.encode(), f"a.{at}.{body}".encode(), hashlib.sha256).digest()).decode()
assert verify_standard_webhook(body, {"webhook-id": "a", "webhook-timestamp": str(at), "webhook-signature": f"v1,{own}"}, secret, now=at)
print("good")
`);
    expect(out).toBe('good\n');
  });
});
