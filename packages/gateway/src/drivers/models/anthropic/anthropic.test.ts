import { describe, expect, test } from 'vitest';
import type { ModelMessage } from '../../../engine/ports/model.ts';
import { joined, replay, requestFor } from '../kit/__fixtures__/replay.ts';
import { anthropicModel } from './index.ts';

const read = async (name: string, sizes?: number) => {
  const url = new URL(`./__fixtures__/${name}.sse`, import.meta.url);
  return joined(await replay(anthropicModel, sizes === undefined ? { url } : { url, sizes }));
};

describe('the stream', () => {
  test.each([1, 3, 64, 100_000])('text and usage with the cache apart, in pieces of %i bytes', async (sizes) => {
    expect(await read('text', sizes)).toEqual([
      { type: 'text', delta: 'Grüß dich 👋!\n' },
      { type: 'finished', reason: 'stop', usage: { inputTokens: 3, outputTokens: 15, cacheReadTokens: 1800, cacheWriteTokens: 250 } },
    ]);
  });

  test('parallel calls whose arguments arrive interleaved', async () => {
    expect(await read('parallel-tools')).toEqual([
      { type: 'text', delta: 'Let me look.' },
      { type: 'tool_call', call: { id: 'toolu_01B', tool: 'time', input: { zone: 'Europe/Berlin' } } },
      { type: 'tool_call', call: { id: 'toolu_01A', tool: 'read_file', input: { path: 'a b.md' } } },
      { type: 'tool_call', call: { id: 'toolu_01C', tool: 'status', input: {} } },
      { type: 'finished', reason: 'tool_calls', usage: { inputTokens: 12, outputTokens: 89, cacheReadTokens: 0, cacheWriteTokens: 0 } },
    ]);
  });

  test('thinking comes back signed in the next request, first in its message', async () => {
    const events = await read('thinking');
    const end = events.at(-1);
    const opaque = end?.type === 'finished' ? end.opaque : undefined;
    expect(events.slice(0, 2)).toEqual([{ type: 'reasoning', delta: '27 * 453 = 12231' }, { type: 'text', delta: '12,231' }]);
    const messages: ModelMessage[] = [
      { role: 'user', text: 'hi' },
      { role: 'assistant', text: '12,231', toolCalls: [], ...(opaque === undefined ? {} : { opaque }) },
      { role: 'user', text: 'sure?' },
    ];
    const { body } = await requestFor(anthropicModel, { messages });
    expect(body.messages[1].content).toEqual([
      { type: 'thinking', thinking: '27 * 453 = 12231', signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h' },
      { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' },
      { type: 'text', text: '12,231' },
    ]);
  });

  test.each([
    ['refusal', { type: 'finished', reason: 'refused' }],
    ['length', { type: 'finished', reason: 'length' }],
    ['pause', { type: 'finished', reason: 'length' }],
    ['overloaded-midway', { type: 'failed', kind: 'overloaded', message: 'Overloaded' }],
    ['cut', { type: 'failed', kind: 'network' }],
  ])('%s', async (name, end) => {
    expect((await read(name)).at(-1)).toMatchObject(end);
  });

  test('arguments cut off by the length', async () => {
    expect(await read('length')).toContainEqual({
      type: 'tool_call',
      call: { id: 'toolu_01L', tool: 'write_file', input: { _invalid_arguments: '{"path": "a.md", "text": "once upon' } },
    });
  });
});

describe('the request', () => {
  const tool = { name: 'time', description: 'Time.', inputSchema: { type: 'object' } };

  test('marks system, last tool and last block for the cache', async () => {
    const { body, url, options } = await requestFor(anthropicModel, { tools: [{ ...tool, name: 'first' }, tool] });
    const ephemeral = { cache_control: { type: 'ephemeral' } };
    expect(url).toBe('https://api.anthropic.com/v1/messages');
    expect(options.headers).toMatchObject({ 'x-api-key': 'key-123456', 'anthropic-version': '2023-06-01' });
    expect(body.system).toEqual([{ type: 'text', text: 'be brief', ...ephemeral }]);
    expect(body.tools).toEqual([
      { name: 'first', description: 'Time.', input_schema: { type: 'object' } },
      { name: 'time', description: 'Time.', input_schema: { type: 'object' }, ...ephemeral },
    ]);
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi', ...ephemeral }] }]);
  });

  test('puts the results of parallel calls and what follows into one message, with ids it accepts', async () => {
    const calls = ['functions.time:0', 'b'].map((id) => ({ id, tool: 'time', input: {} }));
    const { body } = await requestFor(anthropicModel, {
      messages: [
        { role: 'user', text: 'go' },
        { role: 'assistant', text: ' ', toolCalls: calls },
        { role: 'tool', callId: 'functions.time:0', tool: 'time', output: 'noon', isError: false },
        { role: 'tool', callId: 'b', tool: 'time', output: 'broken', isError: true },
        { role: 'user', text: '' },
      ],
    });
    expect(body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'functions_time_0', name: 'time', input: {} },
          { type: 'tool_use', id: 'b', name: 'time', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_time_0', content: 'noon' },
          { type: 'tool_result', tool_use_id: 'b', content: 'broken', is_error: true },
          { type: 'text', text: '(no text)', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  test('takes a base with the version in it', async () => {
    expect((await requestFor(anthropicModel, {}, 'https://proxy.example/anthropic/v1/')).url).toBe('https://proxy.example/anthropic/v1/messages');
  });
});
