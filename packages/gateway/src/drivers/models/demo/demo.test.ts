import { describe, expect, test } from 'vitest';
import type { ModelEvent, ModelMessage, ModelRequest, ToolSpec } from '../../../engine/ports/model.ts';
import { demoModel } from './index.ts';

const tool = (name: string): ToolSpec => ({ name, description: name, inputSchema: { type: 'object' } });
const TOOLS = ['time', 'read_file', 'write_file'].map(tool);

const connection = { http: { request: () => Promise.reject(new Error('the demo dialled')), listens: async () => false }, baseUrl: '', apiKey: undefined };

const ask = async (said: string | readonly ModelMessage[], changes: Partial<ModelRequest> = {}): Promise<readonly ModelEvent[]> => {
  const messages = typeof said === 'string' ? [{ role: 'user', text: said } as const] : said;
  const request = { model: 'demo', system: 'You are an agent.', messages, tools: TOOLS, maxTokens: 100, ...changes };
  const events: ModelEvent[] = [];
  for await (const event of demoModel.provider.stream(request, connection, new AbortController().signal)) events.push(event);
  return events;
};

const callsOf = (events: readonly ModelEvent[]) => events.flatMap((event) => (event.type === 'tool_call' ? [{ tool: event.call.tool, input: event.call.input }] : []));
const textOf = (events: readonly ModelEvent[]) => events.map((event) => (event.type === 'text' ? event.delta : '')).join('');

describe('the demo model', () => {
  test('says what it is, what it heard, and how to connect a real one', async () => {
    const events = await ask('good morning');
    expect(textOf(events)).toMatch(/demo model.*"good morning".*ANTHROPIC_API_KEY.*OPENAI_API_KEY.*GEMINI_API_KEY.*models\.providers/s);
    expect(events.filter(({ type }) => type === 'text').length).toBeGreaterThan(5);
    expect(await ask('good morning')).toEqual(events);
  });

  test.each<[string, ReturnType<typeof callsOf>]>([
    ['use the tool time', [{ tool: 'time', input: {} }]],
    ['please use the time tool', [{ tool: 'time', input: {} }]],
    ['what time is it?', [{ tool: 'time', input: {} }]],
    ['call read_file {"path":"notes.md"}', [{ tool: 'read_file', input: { path: 'notes.md' } }]],
    ['use the tool `read_file` with {"path": "a}b", "deep": {"er": 1}} now', [{ tool: 'read_file', input: { path: 'a}b', deep: { er: 1 } } }]],
    ['call read_file {"path":"a"} and call write_file {"path":"b"}', [{ tool: 'read_file', input: { path: 'a' } }, { tool: 'write_file', input: { path: 'b' } }]],
    ['call read_file {"path"', [{ tool: 'read_file', input: { _invalid_arguments: '{"path"' } }]],
    ['the run time was long', []],
    ['call me later', []],
    ['use the tool laser', []],
  ])('%s', async (said, calls) => {
    const events = await ask(said);
    expect(callsOf(events)).toEqual(calls);
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: calls.length > 0 ? 'tool_calls' : 'stop' });
  });

  test('reports what tools answered', async () => {
    const text = textOf(
      await ask([
        { role: 'user', text: 'use the tool time' },
        { role: 'assistant', text: '', toolCalls: [{ id: 'a', tool: 'time', input: {} }, { id: 'b', tool: 'read_file', input: {} }] },
        { role: 'tool', callId: 'a', tool: 'time', output: '12:00', isError: false },
        { role: 'tool', callId: 'b', tool: 'read_file', output: 'no such file', isError: true },
      ]),
    );
    expect(text).toContain('time answered:\n12:00');
    expect(text).toContain('read_file failed: no such file');
  });

  test('names the tools there are when told to use another', async () => {
    expect(textOf(await ask('use the tool laser'))).toContain('no tool "laser" here. I was given: time, read_file, write_file');
  });

  test('digests a conversation when the system prompt says so', async () => {
    const asked = { system: 'Summarise the conversation below.', tools: [] };
    const messages: ModelMessage[] = [{ role: 'user', text: 'I like tea' }, { role: 'assistant', text: 'Noted.', toolCalls: [] }];
    expect(textOf(await ask(messages, asked))).toBe('Summary of 2 messages:\n- user: I like tea\n- assistant: Noted.');
  });
});
