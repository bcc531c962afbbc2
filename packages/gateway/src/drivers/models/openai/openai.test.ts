import { describe, expect, test } from 'vitest';
import type { ModelEvent, ModelMessage } from '../../../engine/ports/model.ts';
import { joined, replay, requestFor } from '../kit/__fixtures__/replay.ts';
import { openaiModel } from './index.ts';

const read = async (name: string, sizes = 7, baseUrl = '') => joined(await replay(openaiModel, { url: new URL(`./__fixtures__/${name}.sse`, import.meta.url), sizes, baseUrl }));

const callsOf = (events: readonly ModelEvent[]) => events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));

describe('the stream', () => {
  test.each([1, 3, 64, 100_000])('text and usage with the cache apart, in pieces of %i bytes', async (sizes) => {
    expect(await read('text', sizes)).toEqual([
      { type: 'text', delta: 'Grüß dich 👋!\n' },
      { type: 'finished', reason: 'stop', usage: { inputTokens: 86, outputTokens: 300, cacheReadTokens: 1920, cacheWriteTokens: 0 } },
    ]);
  });

  test('parallel calls whose arguments arrive interleaved', async () => {
    expect(await read('parallel-tools')).toEqual([
      { type: 'tool_call', call: { id: 'call_DdmO9pD3xa9XTPNJ32zg2hcA', tool: 'read_file', input: { path: 'a b.md' } } },
      { type: 'tool_call', call: { id: 'call_ABCD', tool: 'time', input: { zone: 'Europe/Berlin' } } },
      { type: 'finished', reason: 'tool_calls', usage: { inputTokens: 50, outputTokens: 40, cacheReadTokens: 0, cacheWriteTokens: 0 } },
    ]);
  });

  test('a local server: no ids, arguments as an object, reasoning, stop although it calls, no usage', async () => {
    const events = await read('local-tools');
    expect(events[0]).toEqual({ type: 'reasoning', delta: 'The user wants the time.' });
    expect(callsOf(events).map(({ tool, input }) => ({ tool, input }))).toEqual([
      { tool: 'time', input: { zone: 'UTC' } },
      { tool: 'read_file', input: { path: 'a b.md' } },
    ]);
    expect(callsOf(await read('local-tools')), 'ids are the same every time').toEqual(callsOf(events));
    expect(new Set(callsOf(events).map(({ id }) => id)).size).toBe(2);
    expect(events.at(-1)).toMatchObject({ reason: 'tool_calls', usage: { inputTokens: 0, outputTokens: 0 } });
  });

  test('ids made for another step of the conversation are others', async () => {
    const url = new URL('./__fixtures__/local-tools.sse', import.meta.url);
    const [call] = callsOf(await replay(openaiModel, { url }));
    const messages: ModelMessage[] = [
      { role: 'user', text: 'hi' },
      { role: 'assistant', text: '', toolCalls: call === undefined ? [] : [call] },
      { role: 'tool', callId: call?.id ?? '', tool: 'time', output: 'noon', isError: false },
    ];
    expect(callsOf(await replay(openaiModel, { url, messages })).map(({ id }) => id)).not.toContain(call?.id);
  });

  test('calls that all have the index 0 are told apart by their ids', async () => {
    expect(callsOf(await read('same-index-tools'))).toEqual([
      { id: 'a1', tool: 'time', input: {} },
      { id: 'b2', tool: 'read_file', input: { path: 'x' } },
    ]);
  });

  test('the reasoning of DeepSeek goes back to DeepSeek alone, and only within the turn', async () => {
    const deepseek = 'https://api.deepseek.com/v1';
    const events = await read('deepseek-reasoning', 7, deepseek);
    const end = events.at(-1);
    expect(end).toMatchObject({ usage: { inputTokens: 56, cacheReadTokens: 64 } });
    const opaque = end?.type === 'finished' ? end.opaque : undefined;
    const [call] = callsOf(events);
    const step: ModelMessage[] = [
      { role: 'user', text: 'hi' },
      { role: 'assistant', text: 'Looking.', toolCalls: call === undefined ? [] : [call], ...(opaque === undefined ? {} : { opaque }) },
      { role: 'tool', callId: 'call_00_x', tool: 'time', output: 'noon', isError: false },
    ];
    const sent = async (messages: ModelMessage[], to: string) => (await requestFor(openaiModel, { messages }, to)).body.messages[2];
    expect(await sent(step, deepseek)).toMatchObject({ reasoning_content: 'I should look.' });
    expect(await sent(step, '')).not.toHaveProperty('reasoning_content');
    expect(await sent([...step, { role: 'user', text: 'thanks' }], deepseek)).not.toHaveProperty('reasoning_content');
  });

  test.each([
    ['refusal', { type: 'finished', reason: 'refused' }],
    ['content-filter', { type: 'finished', reason: 'refused' }],
    ['length', { type: 'finished', reason: 'length' }],
    ['no-finish-reason', { type: 'finished', reason: 'stop' }],
    ['no-done', { type: 'finished', reason: 'stop' }],
    ['groq-usage', { type: 'finished', usage: { inputTokens: 31, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 } }],
    ['openrouter-error', { type: 'failed', kind: 'rate_limited', message: 'Provider returned error: slow down please' }],
    ['cut', { type: 'failed', kind: 'network' }],
  ])('%s', async (name, end) => {
    expect((await read(name)).at(-1)).toMatchObject(end);
  });

  test('a refusal is shown', async () => {
    expect((await read('refusal'))[0]).toEqual({ type: 'text', delta: "I can't help with that." });
  });

  test('content in parts', async () => {
    expect(await read('mistral-thinking')).toMatchObject([{ type: 'reasoning', delta: 'Hmm' }, { type: 'text', delta: 'Salut !' }, { type: 'finished', reason: 'stop' }]);
  });
});

describe('the request', () => {
  test('is as OpenAI wants it', async () => {
    const { body, url, options } = await requestFor(openaiModel, { tools: [{ name: 'time', description: 'Time.', inputSchema: { type: 'object' } }] });
    expect(url).toBe('https://api.openai.com/v1/chat/completions');
    expect(options.headers).toMatchObject({ authorization: 'Bearer key-123456' });
    expect(body).toEqual({
      model: 'm',
      max_completion_tokens: 10,
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
      ],
      tools: [{ type: 'function', function: { name: 'time', description: 'Time.', parameters: { type: 'object' } } }],
    });
  });

  test('is as other servers want it', async () => {
    const { body } = await requestFor(openaiModel, {}, 'http://127.0.0.1:11434/v1/');
    expect(body).toMatchObject({ max_tokens: 10 });
    expect(body).not.toHaveProperty('max_completion_tokens');
    expect(body).not.toHaveProperty('tools');
  });

  test('has ids of nine characters for Mistral, the same for call and result', async () => {
    const messages: ModelMessage[] = [
      { role: 'user', text: 'go' },
      { role: 'assistant', text: '', toolCalls: [{ id: 'toolu_01', tool: 'time', input: {} }] },
      { role: 'tool', callId: 'toolu_01', tool: 'time', output: 'broken', isError: true },
    ];
    const { body } = await requestFor(openaiModel, { messages }, 'https://api.mistral.ai/v1');
    const { id } = body.messages[2].tool_calls[0];
    expect(id).toMatch(/^[a-z0-9]{9}$/);
    expect(body.messages[3]).toEqual({ role: 'tool', tool_call_id: id, content: 'Error: broken' });
    expect(body).not.toHaveProperty('stream_options');
  });
});
