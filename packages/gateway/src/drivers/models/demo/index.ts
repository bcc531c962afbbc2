import { setTimeout as pause } from 'node:timers/promises';
import { defineModel, type ModelEvent, type ModelRequest, type ModelUsage } from '../../../engine/ports/model.ts';
import { createCallIds } from '../kit/call-ids.ts';
import { chooseAnswer, type DemoAnswer } from './choose-answer.ts';

/** Long enough between two deltas to be seen as a stream, short enough to wait for nothing. */
const PAUSE_MS = 4;

/** The model that serves until a real one is connected: offline, deterministic, and open about being a demo. */
export const demoModel = defineModel({
  api: 'demo',
  aliases: [],
  provider: {
    stream: (request, _connection, signal) => streamDemo(request, signal),
    list: async () => ['demo'],
  },
});

async function* streamDemo(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  const answer = chooseAnswer(request);
  const callId = createCallIds(request.messages);
  for (const delta of inDeltas(answer.text)) {
    await waited(signal);
    yield { type: 'text', delta };
  }
  for (const [index, call] of answer.calls.entries()) yield { type: 'tool_call', call: { id: callId(undefined, index), ...call } };
  await waited(signal);
  yield { type: 'finished', reason: answer.calls.length > 0 ? 'tool_calls' : 'stop', usage: usageOf(request, answer) };
}

const waited = async (signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  await pause(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
};

/** Four words at a time, and never more than sixty deltas. */
const inDeltas = (text: string): readonly string[] => {
  const words = text.match(/\s*\S+|\s+$/g) ?? [];
  const step = Math.max(4, Math.ceil(words.length / 60));
  return Array.from({ length: Math.ceil(words.length / step) }, (_, index) => words.slice(index * step, (index + 1) * step).join(''));
};

const usageOf = (request: ModelRequest, answer: DemoAnswer): ModelUsage => ({
  inputTokens: tokensIn(request.system) + tokensIn(JSON.stringify(request.messages)),
  outputTokens: tokensIn(answer.text) + answer.calls.reduce((sum, call) => sum + tokensIn(JSON.stringify(call)), 0),
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
});

const tokensIn = (text: string): number => Math.ceil(text.length / 4);
