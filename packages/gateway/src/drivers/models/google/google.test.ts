import { describe, expect, test } from 'vitest';
import type { ModelEvent, ModelMessage } from '../../../engine/ports/model.ts';
import { joined, replay, requestFor } from '../kit/__fixtures__/replay.ts';
import { googleModel } from './index.ts';

const read = async (name: string, sizes = 7) => joined(await replay(googleModel, { url: new URL(`./__fixtures__/${name}.sse`, import.meta.url), sizes }));

const callsOf = (events: readonly ModelEvent[]) => events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));

const opaqueOf = (events: readonly ModelEvent[]) => {
  const end = events.at(-1);
  return end?.type === 'finished' && end.opaque !== undefined ? { opaque: end.opaque } : {};
};

describe('the stream', () => {
  test.each([1, 3, 64, 100_000])('text and usage with the cache apart and thoughts counted, in pieces of %i bytes', async (sizes) => {
    expect(await read('text', sizes)).toEqual([
      { type: 'text', delta: 'Grüß dich 👋!\n' },
      { type: 'finished', reason: 'stop', usage: { inputTokens: 86, outputTokens: 220, cacheReadTokens: 1920, cacheWriteTokens: 0 } },
    ]);
  });

  test('parallel calls, whose signatures come back in the next request', async () => {
    const events = await read('parallel-tools');
    const calls = callsOf(events);
    expect(events[0]).toEqual({ type: 'reasoning', delta: 'The user wants both.' });
    expect(calls.map(({ tool, input }) => ({ tool, input }))).toEqual([
      { tool: 'read_file', input: { path: 'a b.md' } },
      { tool: 'time', input: { zone: 'Europe/Berlin' } },
      { tool: 'status', input: {} },
    ]);
    expect(calls[2]?.id).toBe('fc_9');
    expect(events.at(-1)).toMatchObject({ reason: 'tool_calls', usage: { inputTokens: 60, outputTokens: 70 } });
    const results = calls.map(({ id, tool }, index): ModelMessage => ({ role: 'tool', callId: id, tool, output: 'ok', isError: index === 1 }));
    const { body } = await requestFor(googleModel, { messages: [{ role: 'user', text: 'hi' }, { role: 'assistant', text: '', toolCalls: calls, ...opaqueOf(events) }, ...results, { role: 'user', text: 'so?' }] });
    expect(body.contents.map(({ role, parts }: { role: string; parts: unknown[] }) => [role, parts.length])).toEqual([['user', 1], ['model', 3], ['user', 3], ['user', 1]]);
    expect(body.contents[1].parts[0]).toMatchObject({ functionCall: { name: 'read_file' }, thoughtSignature: 'CvwBAXLI2nw=' });
    expect(body.contents[1].parts[1]).not.toHaveProperty('thoughtSignature');
    expect(body.contents[2].parts[1]).toEqual({ functionResponse: { id: calls[1]?.id, name: 'time', response: { error: 'ok' } } });
  });

  test('the signature of a text comes back with it', async () => {
    const events = await read('signed-text');
    const { body } = await requestFor(googleModel, { messages: [{ role: 'user', text: 'hi' }, { role: 'assistant', text: '42', toolCalls: [], ...opaqueOf(events) }] });
    expect(body.contents[1].parts).toEqual([{ text: '42', thoughtSignature: 'EpQBCpEB' }]);
  });

  test.each([
    ['safety', { type: 'finished', reason: 'refused' }],
    ['blocked-prompt', { type: 'finished', reason: 'refused', usage: { inputTokens: 9 } }],
    ['length', { type: 'finished', reason: 'length' }],
    ['malformed-call', { type: 'failed', kind: 'protocol' }],
    ['error-midway', { type: 'failed', kind: 'rate_limited', retryAfterMs: 34_070 }],
    ['cut', { type: 'failed', kind: 'network' }],
  ])('%s', async (name, end) => {
    expect((await read(name)).at(-1)).toMatchObject(end);
  });
});

describe('the request', () => {
  test('names the model in the path and the key in a header', async () => {
    const { url, options, body } = await requestFor(googleModel, { model: 'gemini-2.5-pro' });
    expect(url).toBe('https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse');
    expect(options.headers).toMatchObject({ 'x-goog-api-key': 'key-123456' });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { maxOutputTokens: 10 },
    });
  });

  test('reduces schemas to what is read, and keeps properties whatever their names', async () => {
    const inputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { pattern: { type: 'string', pattern: '^a', default: 'a' }, kind: { const: 'file' }, list: { type: 'array', items: { type: 'string', minLength: 1 } } },
      required: ['pattern'],
      additionalProperties: false,
    };
    const { body } = await requestFor(googleModel, { tools: [{ name: 'find', description: 'Finds.', inputSchema }, { name: 'now', description: 'Now.', inputSchema: { type: 'object', properties: {} } }] });
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'find',
            description: 'Finds.',
            parametersJsonSchema: {
              type: 'object',
              properties: { pattern: { type: 'string' }, kind: { enum: ['file'] }, list: { type: 'array', items: { type: 'string' } } },
              required: ['pattern'],
              additionalProperties: false,
            },
          },
          { name: 'now', description: 'Now.' },
        ],
      },
    ]);
  });

  test('lets the calls of other models pass Gemini 3', async () => {
    const messages: ModelMessage[] = [{ role: 'user', text: 'hi' }, { role: 'assistant', text: '', toolCalls: [{ id: 'a', tool: 'time', input: {} }, { id: 'b', tool: 'time', input: {} }] }];
    const parts = async (model: string) => (await requestFor(googleModel, { model, messages })).body.contents[1].parts.map((part: { thoughtSignature?: string }) => part.thoughtSignature);
    expect(await parts('gemini-3-pro-preview')).toEqual(['skip_thought_signature_validator', undefined]);
    expect(await parts('gemini-2.5-pro')).toEqual([undefined, undefined]);
  });
});
