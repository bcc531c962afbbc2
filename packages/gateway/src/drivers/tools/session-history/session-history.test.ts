import { GatewayError, type Operation, type OutputOf, type RequestOf, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { toolContext } from '../__fixtures__/tool-context.ts';
import { sessionHistoryTool } from './index.ts';

const history = (answer: (operation: Operation, input: unknown) => Promise<unknown>, input: unknown = {}) =>
  sessionHistoryTool.run(sessionHistoryTool.input.parse(input), toolContext({
    // The test's answers are what the operation would give.
    call: <Op extends Operation>(operation: Op, request: RequestOf<Op>) => answer(operation, request) as Promise<OutputOf<Op>>,
  }));

const message = (role: string, text: string) => ({ id: 'm', turnId: null, seq: 1, role, text, createdAt: '2026-03-01T12:00:00.000Z' });

test('asks the door for this conversation, or for the one it is told', async () => {
  const asked: unknown[] = [];
  const answer = async (operation: Operation, input: unknown) => {
    asked.push([operation, input]);
    return { messages: [message('user', 'Hi'), message('assistant', 'x'.repeat(3_000))], total: 7, limit: 20, offset: 0 };
  };
  const text = await history(answer);
  expect(text.split('\n')).toEqual(['7 messages in all; showing 2, skipping the newest 0.', '2026-03-01T12:00:00.000Z user: Hi', `2026-03-01T12:00:00.000Z assistant: ${'x'.repeat(2_000)}`]);
  await history(answer, { session: 'work', limit: 5, offset: 10 });
  expect(asked).toEqual([[sessionHistory, { session: 'agent:main:main', limit: 20, offset: 0 }], [sessionHistory, { session: 'work', limit: 5, offset: 10 }]]);
});

test('what its caller may not do, it cannot do either', async () => {
  const refused = history(() => Promise.reject(new GatewayError('forbidden', 'This credential lacks the permission messages:read')));
  await expect(refused).rejects.toThrow('messages:read');
});
