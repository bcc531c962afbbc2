import { cancelTurn, createSession, deleteSession, type GatewayError, getTurn, listEvents, listSessions, sendMessage, sessionHistory, watchTurn, type TurnEvent } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { startGateway } from '../support/gateway.ts';

const hang = { text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' } as const;

describe('a turn', () => {
  test('is answered, and both messages are in the history with what they cost', async () => {
    await using gateway = await startGateway({ script: () => ({ text: ['Hello ', 'there'], usage: { inputTokens: 12, outputTokens: 3 } }) });
    const reply = await gateway.client.call(sendMessage, { text: 'Hi' });
    expect(reply).toMatchObject({ text: 'Hello there', sessionKey: 'agent:main:main', finishReason: 'stop', usage: { inputTokens: 12, outputTokens: 3 } });
    const { messages, total } = await gateway.client.call(sessionHistory, { session: 'main' });
    expect(total).toBe(2);
    expect(messages.map(({ role, text }) => [role, text])).toEqual([['user', 'Hi'], ['assistant', 'Hello there']]);
    expect(messages[1]?.usage).toMatchObject({ inputTokens: 12, outputTokens: 3 });
  });

  test('streams what happens, then the reply', async () => {
    await using gateway = await startGateway({ script: () => ({ text: ['a', 'b', 'c'], chunkDelayMs: 5 }) });
    const run = gateway.client.stream(sendMessage, { text: 'Hi' });
    const events: TurnEvent[] = [];
    let step = await run.next();
    for (; !step.done; step = await run.next()) events.push(step.value);
    expect(events[0]).toMatchObject({ type: 'started', sessionKey: 'agent:main:main' });
    expect(events.flatMap((event) => (event.type === 'text' ? [event.delta] : []))).toEqual(['a', 'b', 'c']);
    expect(step.value).toMatchObject({ text: 'abc' });
  });

  test('outlives its caller', async () => {
    await using gateway = await startGateway({ script: () => ({ delayMs: 300, text: 'late' }) });
    const leaving = new AbortController();
    const waiting = gateway.client.call(sendMessage, { text: 'Hi' }, { signal: leaving.signal });
    await gateway.model.until(() => gateway.model.requests.length === 1);
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(async () => (await gateway.client.call(sessionHistory, { session: 'main' })).messages.at(-1)?.text).toBe('late');
  });

  test('answers a caller who would not wait with 504 and goes on', async () => {
    await using gateway = await startGateway({ script: () => ({ delayMs: 400, text: 'late' }) });
    const late = await gateway.client.call(sendMessage, { text: 'Hi', timeoutSeconds: 0.1 }).catch((error: unknown) => error);
    expect(late).toMatchObject({ code: 'timeout' });
    const turn = (late as GatewayError).details['turnId'] as string;
    expect(await gateway.client.call(watchTurn, { turn })).toMatchObject({ state: 'done', reply: { text: 'late' } });
  });

  test('can be handed in without waiting, and watched later', async () => {
    await using gateway = await startGateway({ script: () => ({ delayMs: 50, text: 'done' }) });
    const queued = await gateway.client.call(sendMessage, { text: 'Hi', timeoutSeconds: 0 });
    expect(queued).toMatchObject({ status: 'queued' });
    expect(await gateway.client.call(watchTurn, { turn: queued.turnId })).toMatchObject({ state: 'done', reply: { text: 'done' } });
  });

  test('runs after those before it in its session, beside those of others', async () => {
    const running = new Set<string>();
    let together = 0;
    await using gateway = await startGateway({
      script: async ({ messages }) => {
        const text = messages.at(-1)?.text ?? '';
        const session = text.slice(0, 1);
        expect(running.has(session)).toBe(false);
        running.add(session);
        together = Math.max(together, running.size);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running.delete(session);
        return { text: `re ${text}` };
      },
    });
    const sends = Array.from({ length: 5 }, (_, i) => ['a', 'b', 'c'].map((session) => gateway.client.call(sendMessage, { session, text: `${session}${i}`, timeoutSeconds: 0 }))).flat();
    await Promise.all(sends);
    for (const session of ['a', 'b', 'c']) {
      const texts = async () => (await gateway.client.call(sessionHistory, { session })).messages.map(({ text }) => text);
      await expect.poll(texts).toHaveLength(10);
      const all = await texts();
      const questions = all.filter((text) => !text.startsWith('re '));
      expect(all).toEqual(questions.flatMap((question) => [question, `re ${question}`]));
    }
    expect(together).toBeGreaterThan(1);
  });

  test('cancelled while it runs, it closes its model call and keeps what was said', async () => {
    await using gateway = await startGateway({ script: () => hang });
    const run = gateway.client.stream(sendMessage, { text: 'Hi' });
    const started = await run.next();
    const turn = started.value && 'turnId' in started.value ? started.value.turnId : '';
    await run.next();
    await gateway.client.call(cancelTurn, { turn });
    await expect(run.next()).rejects.toMatchObject({ code: 'turn_cancelled' });
    await gateway.model.until(() => gateway.model.aborted === 1);
    expect(await gateway.client.call(getTurn, { turn })).toMatchObject({ state: 'cancelled' });
    const { messages } = await gateway.client.call(sessionHistory, { session: 'main' });
    expect(messages.at(-1)?.text).toBe('thinking ');
  });

  test('cancelled among its tools, it keeps what was said before them once', async () => {
    const forever = defineTool({ name: 'forever', description: 'Never ends', effect: 'none', input: z.strictObject({}), run: () => new Promise<string>(() => {}) });
    await using gateway = await startGateway({ tools: [forever], script: () => ({ text: 'I shall look.', toolCalls: [{ tool: 'forever', input: {} }] }) });
    const run = gateway.client.stream(sendMessage, { text: 'Hi' });
    let turn = '';
    for (let step = await run.next(); !step.done; step = await run.next()) {
      if (step.value.type === 'started') turn = step.value.turnId;
      if (step.value.type === 'tool_call') break;
    }
    await gateway.client.call(cancelTurn, { turn });
    await expect.poll(async () => (await gateway.client.call(getTurn, { turn })).state).toBe('cancelled');
    const { messages } = await gateway.client.call(sessionHistory, { session: 'main' });
    expect(messages.map(({ text }) => text)).toEqual(['Hi', 'I shall look.']);
  });

  test('cancelled while it waits, it never starts', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => (messages.at(-1)?.text === 'first' ? { delayMs: 200, text: 'ok' } : { text: 'ran' }) });
    await gateway.client.call(sendMessage, { text: 'first', timeoutSeconds: 0 });
    const second = await gateway.client.call(sendMessage, { text: 'second', timeoutSeconds: 0 });
    expect(await gateway.client.call(cancelTurn, { turn: second.turnId })).toMatchObject({ state: 'cancelled' });
    const third = await gateway.client.call(sendMessage, { text: 'third' });
    expect(third).toMatchObject({ text: 'ran' });
    expect(gateway.model.requests.map(({ messages }) => messages.at(-1)?.text)).toEqual(['first', 'third']);
  });

  test('past its deadline, it is aborted', async () => {
    await using gateway = await startGateway({ script: () => hang });
    const failed = gateway.client.call(sendMessage, { text: 'Hi', options: { runTimeoutSeconds: 0.2 } });
    await expect(failed).rejects.toMatchObject({ code: 'turn_deadline' });
    await gateway.model.until(() => gateway.model.aborted === 1);
  });

  test('shows the model the conversation in order, and not what still waits', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => ({ delayMs: 30, text: `re ${messages.at(-1)?.text}` }) });
    await Promise.all(['one', 'two', 'three'].map(async (text, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 8));
      return gateway.client.call(sendMessage, { text });
    }));
    expect(gateway.model.requests.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
      ['one'],
      ['one', 're one', 'two'],
      ['one', 're one', 'two', 're two', 'three'],
    ]);
  });

  test('without memory sees its own message only', async () => {
    await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
    await gateway.client.call(sendMessage, { text: 'one' });
    await gateway.client.call(sendMessage, { text: 'two', options: { noMemory: true } });
    expect(gateway.model.requests.at(-1)?.messages.map(({ text }) => text)).toEqual(['two']);
  });
});

describe('tools', () => {
  const note = (effect: 'none' | 'idempotent' | 'once', runs: string[]) =>
    defineTool({
      name: 'note',
      description: 'Keeps a note.',
      effect,
      input: z.strictObject({ text: z.string() }),
      run: async ({ text }) => {
        runs.push(text);
        return `noted ${text}`;
      },
    });

  test('are called, several in one step, and their results go back to the model', async () => {
    const runs: string[] = [];
    await using gateway = await startGateway({
      tools: [note('once', runs)],
      script: ({ messages }) =>
        messages.at(-1)?.role === 'user'
          ? { text: 'Noting.', toolCalls: [{ tool: 'note', input: { text: 'a' } }, { tool: 'note', input: { text: 'b' } }] }
          : { text: messages.filter(({ role }) => role === 'tool').map(({ text }) => text).join('; ') },
    });
    const reply = await gateway.client.call(sendMessage, { text: 'note a and b' });
    expect(reply).toMatchObject({ text: 'noted a; noted b', toolsInvoked: ['note'] });
    expect(runs.toSorted()).toEqual(['a', 'b']);
    const { messages } = await gateway.client.call(sessionHistory, { session: 'main', includeTools: true });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant']);
    expect(messages[2]?.toolCall).toMatchObject({ tool: 'note', state: 'done', output: 'noted a' });
  });

  test('that do not exist or get wrong input answer the model, not the caller', async () => {
    await using gateway = await startGateway({
      tools: [note('none', [])],
      script: ({ messages }) =>
        messages.at(-1)?.role === 'user'
          ? { toolCalls: [{ tool: 'absent', input: {} }, { tool: 'note', input: { wrong: 1 } }, { tool: 'note', argumentsText: '{"text": "unclosed' }] }
          : { text: messages.filter(({ role }) => role === 'tool').map(({ text }) => text).join(' | ') },
    });
    const reply = await gateway.client.call(sendMessage, { text: 'go' });
    expect(reply).toMatchObject({ text: expect.stringMatching(/no tool called absent.*Invalid input.*Invalid input/s) });
  });

  test('repeated without end are stopped', async () => {
    await using gateway = await startGateway({ tools: [note('none', [])], script: () => ({ toolCalls: [{ tool: 'note', input: { text: 'again' } }] }) });
    await expect(gateway.client.call(sendMessage, { text: 'go' })).rejects.toMatchObject({ code: 'loop_detected' });
    expect(gateway.model.requests).toHaveLength(3);
  });

  test('different each time are stopped by the number of steps', async () => {
    await using gateway = await startGateway({
      tools: [note('none', [])],
      config: { limits: { maxStepsPerTurn: 5 } },
      script: ({ attempt }) => ({ toolCalls: [{ tool: 'note', input: { text: String(attempt) } }] }),
    });
    await expect(gateway.client.call(sendMessage, { text: 'go' })).rejects.toMatchObject({ code: 'step_limit' });
    expect(gateway.model.requests).toHaveLength(5);
  });

  test('that spend too much are stopped', async () => {
    await using gateway = await startGateway({
      tools: [note('none', [])],
      config: { limits: { maxTokensPerTurn: 250 } },
      script: ({ attempt }) => ({ toolCalls: [{ tool: 'note', input: { text: String(attempt) } }], usage: { inputTokens: 90, outputTokens: 10 } }),
    });
    await expect(gateway.client.call(sendMessage, { text: 'go' })).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(gateway.model.requests).toHaveLength(3);
  });

  test('that hang are left behind at their deadline', async () => {
    await using gateway = await startGateway({
      tools: [{ ...note('none', []), run: () => new Promise<string>(() => {}) }],
      config: { limits: { toolTimeoutSeconds: 1 } },
      script: ({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'note', input: { text: 'x' } }] } : { text: messages.at(-1)?.text ?? '' }),
    });
    expect(await gateway.client.call(sendMessage, { text: 'go' })).toMatchObject({ text: expect.stringContaining('stopped after 1 s') });
  });
});

describe('idempotency', () => {
  test('the same key and body is one turn, also at the same time and after a restart', async () => {
    await using first = await startGateway({ script: () => ({ delayMs: 50, text: 'once' }) });
    const options = { idempotencyKey: 'k1' };
    const [a, b] = await Promise.all([1, 2].map(() => first.client.call(sendMessage, { text: 'Hi' }, options)));
    expect(a).toEqual(b);
    expect(await first.client.call(sendMessage, { text: 'Hi' }, options)).toEqual(a);
    expect(first.model.requests).toHaveLength(1);
    await expect(first.client.call(sendMessage, { text: 'Other' }, options)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    await first.stop();
    await using second = await startGateway({ folder: first.folder, script: () => ({ text: 'twice' }) });
    expect(await second.client.call(sendMessage, { text: 'Hi' }, options)).toEqual(a);
    expect(second.model.requests).toHaveLength(0);
  });

  test('a session made twice with one key is one session', async () => {
    await using gateway = await startGateway();
    const make = () => gateway.client.call(createSession, { label: 'Project X' }, { idempotencyKey: 's1' });
    const [a, b] = await Promise.all([make(), make()]);
    expect(a.id).toBe(b.id);
    expect((await gateway.client.call(listSessions, {})).total).toBe(1);
    expect((await gateway.client.call(createSession, { label: 'Project X' })).key).not.toBe(a.key);
  });
});

describe('sessions', () => {
  test('deleting one cancels what runs in it and takes its messages', async () => {
    await using gateway = await startGateway({ script: () => hang });
    const waiting = gateway.client.call(sendMessage, { session: 'gone', text: 'Hi' }).catch((error: unknown) => error);
    await gateway.model.until(() => gateway.model.requests.length === 1);
    expect(await gateway.client.call(deleteSession, { session: 'gone' })).toEqual({ deleted: true });
    expect(await waiting).toMatchObject({ code: 'turn_cancelled' });
    await expect(gateway.client.call(sessionHistory, { session: 'gone' })).rejects.toMatchObject({ code: 'session_not_found' });
  });

  test('what happened can be read in order', async () => {
    await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
    await gateway.client.call(sendMessage, { text: 'Hi' });
    const { events, next } = await gateway.client.call(listEvents, {});
    expect(events.map(({ type }) => type)).toEqual(['session.started', 'message.received', 'message.sent']);
    expect((await gateway.client.call(listEvents, { after: next })).events).toEqual([]);
  });
});

describe('models', () => {
  test('one that fails after words were shown is asked again, and the reader is told', async () => {
    await using gateway = await startGateway();
    gateway.model.answers({ text: ['half '], chunkDelayMs: 0, breaks: 'cut' }, { text: 'whole' });
    const run = gateway.client.stream(sendMessage, { text: 'Hi' });
    const events: string[] = [];
    let step = await run.next();
    for (; !step.done; step = await run.next()) events.push(step.value.type);
    expect(events).toEqual(['started', 'text', 'retry', 'text']);
    expect(step.value).toMatchObject({ text: 'whole' });
  });

  test('without room now say when to come back: to who waits, who asks later, and who sends it again', async () => {
    await using gateway = await startGateway({ script: () => ({ status: 429, headers: { 'retry-after': '300' } }) });
    const since = Date.now();
    const ask = (accept: string) =>
      gateway.request('/api/native/messages.send', { json: { text: 'Hi' }, headers: { authorization: `Bearer ${gateway.token}`, 'idempotency-key': 'once', accept } });
    const turns = new Set<unknown>();
    // The second is told of the same turn, which is over by then.
    for (let n = 0; n < 2; n++) {
      const response = await ask('application/json');
      expect(response.status).toBe(503);
      const { error } = (await response.json()) as { error: { code: string; retry_after: number; details: { turnId: string } } }; // the one form of a refusal
      expect(error).toMatchObject({ code: 'model_overloaded', retry_after: expect.any(Number) });
      expect([Number(response.headers.get('retry-after')) > 280, error.retry_after > 280, error.retry_after <= 300]).toEqual([true, true, true]);
      turns.add(error.details.turnId);
    }
    const [turn] = turns;
    expect(turns.size).toBe(1);
    expect(await (await ask('text/event-stream')).text()).toMatch(/"retryAfterSeconds":(29\d|300)\b/);
    const { error } = await gateway.client.call(getTurn, { turn: String(turn) });
    expect(error?.code).toBe('model_overloaded');
    expect(Date.parse(error?.retryAt ?? '') - since).toBeGreaterThan(295_000);
    expect((await gateway.client.call(listEvents, {})).events.at(-1)).toMatchObject({ type: 'turn.failed', data: { error: { code: 'model_overloaded' } } });
  });

  test('one that is not configured is refused before anything is stored', async () => {
    await using gateway = await startGateway();
    await expect(gateway.client.call(sendMessage, { text: 'Hi', options: { model: 'claude-sonnet-4-5' } })).rejects.toMatchObject({
      code: 'model_not_configured', message: expect.stringContaining('ANTHROPIC_API_KEY'),
    });
    expect((await gateway.client.call(listSessions, {})).total).toBe(0);
  });
});

describe('a gateway with too much to do', () => {
  test('refuses more while the queue is that long, and takes more when it is not', async () => {
    let queued = 20_000;
    await using gateway = await startGateway({
      script: () => ({ text: 'ok' }),
      queue: (queue) => ({ ...queue, depth: async () => ({ queued, running: 0 }) }),
    });
    const send = () => gateway.client.call(sendMessage, { text: 'Hi' });
    await expect.poll(() => send().then(() => 'taken', (error: GatewayError) => error.code), { timeout: 5_000 }).toBe('gateway_busy');
    queued = 0;
    await expect.poll(() => send().then(() => 'taken', (error: GatewayError) => error.code), { timeout: 5_000 }).toBe('taken');
  });
});
