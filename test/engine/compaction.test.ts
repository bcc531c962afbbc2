import { getSession, sendMessage, sessionHistory, type TurnEvent } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import type { ModelScript } from '../support/model-server.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const isSummary = (system: string): boolean => system.startsWith('Summarise the conversation');

/** Each exchange takes about 400 tokens. */
const longer = (n: number): string => `Message ${n}: ${'word '.repeat(160)}`;
const answers: ModelScript = ({ system, messages }) =>
  isSummary(system) ? { text: 'SUMMARY: they counted.', usage: { inputTokens: 1_000, outputTokens: 50 } } : { text: `Answer to ${messages.at(-1)?.text.slice(0, 10)} ${'said '.repeat(140)}`, usage: { inputTokens: 10, outputTokens: 5 } };

const talk = async (gateway: TestGateway, from: number, to: number): Promise<string[]> => {
  const seen: string[] = [];
  for (let n = from; n <= to; n++) {
    const run = gateway.client.stream(sendMessage, { text: longer(n) });
    let step = await run.next();
    for (; !step.done; step = await run.next()) seen.push((step.value satisfies TurnEvent).type);
  }
  return seen;
};

const start = (script: ModelScript, contextTokens = 8_000) => startGateway({ script, config: { model: { provider: 'test', name: 'model', max_context: contextTokens } } });

describe('a conversation that grows too long', () => {
  test('is summed up for the model; the store keeps all of it', async () => {
    await using gateway = await start(answers);
    const seen = await talk(gateway, 1, 14);
    expect(seen).toContain('compacted');
    const summaries = gateway.model.requests.filter(({ system }) => isSummary(system));
    expect(summaries.length).toBeGreaterThan(0);
    expect(summaries.every(({ tools }) => tools.length === 0)).toBe(true);

    const last = gateway.model.requests.at(-1);
    expect(last?.messages[0]?.text).toBe('[Summary of the conversation so far]\nSUMMARY: they counted.');
    expect(last?.messages.at(-1)?.text).toBe(longer(14));
    expect(last?.messages.at(-3)?.text).toBe(longer(13));
    expect(last?.messages.some(({ text }) => text === longer(1))).toBe(false);

    const history = await gateway.client.call(sessionHistory, { session: 'main', limit: 200 });
    const said = history.messages.filter(({ role }) => role === 'user').map(({ text }) => text);
    expect(said).toEqual(Array.from({ length: 14 }, (_, i) => longer(i + 1)));
    expect(history.messages.filter(({ role }) => role === 'assistant')).toHaveLength(14);

    const { usage } = await gateway.client.call(getSession, { session: 'main' });
    expect(usage.inputTokens).toBe(14 * 10 + summaries.length * 1_000);
    expect(usage.outputTokens).toBe(14 * 5 + summaries.length * 50);
  });

  test('goes on where the model cannot sum it up', async () => {
    await using gateway = await start((request) => (isSummary(request.system) ? { status: 400, message: 'no summaries today' } : answers(request)));
    const seen = await talk(gateway, 1, 12);
    expect(seen).toContain('compacted');
    expect(gateway.model.requests.at(-1)?.messages[0]?.text).toMatch(/^\[Summary of the conversation so far\]\n\(\d+ earlier exchanges are not shown\.\)/);
    expect((await gateway.client.call(sessionHistory, { session: 'main', limit: 200 })).messages.filter(({ role }) => role === 'assistant')).toHaveLength(12);
  });

  test('counts the summary in what the reply cost', async () => {
    await using gateway = await start(answers);
    const costs: number[] = [];
    for (let n = 1; n <= 12; n++) {
      const reply = await gateway.client.call(sendMessage, { text: longer(n) });
      if ('usage' in reply) costs.push(reply.usage.inputTokens);
    }
    expect(costs.slice(0, 3)).toEqual([10, 10, 10]);
    expect(costs).toContain(1_010);
  });
});

describe('a model that takes less than it should', () => {
  const tooLong = { status: 400, message: "This model's maximum context length is 4096 tokens." } as const;
  const sizeOf = (messages: readonly { readonly text: string }[]): number => messages.reduce((sum, { text }) => sum + text.length, 0);

  test('is asked again with half of the conversation', async () => {
    const limit = 9_000;
    await using gateway = await start((request) => (!isSummary(request.system) && sizeOf(request.messages) > limit ? tooLong : answers(request)), 32_000);
    await talk(gateway, 1, 9);
    const sizes = gateway.model.requests.filter(({ system }) => !isSummary(system)).map(({ messages }) => sizeOf(messages));
    const refused = sizes.findIndex((size) => size > limit);
    expect(refused).toBeGreaterThan(0);
    expect(sizes[refused + 1]).toBeLessThan((sizes[refused] ?? 0) * 0.6);
    expect(gateway.model.requests.at(-1)?.messages.at(-1)?.text).toBe(longer(9));
    expect((await gateway.client.call(sessionHistory, { session: 'main', limit: 200 })).messages.filter(({ role }) => role === 'assistant')).toHaveLength(9);
  });

  test('is asked twice, not for ever', async () => {
    await using gateway = await start(() => tooLong);
    await expect(gateway.client.call(sendMessage, { text: 'Hi' })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('too long') });
    expect(gateway.model.requests).toHaveLength(2);
  });
});
