import type { ModelEvent, ModelMessage, ModelUsage, Opaque } from '../../../engine/ports/model.ts';
import { failed, failureOfError } from '../kit/failure.ts';
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../kit/json.ts';
import { type AnswerReader, NO_EVENTS } from '../kit/stream-answer.ts';
import { createCallGatherer } from './gather-calls.ts';

type Reason = Extract<ModelEvent, { type: 'finished' }>['reason'];

const REASONS: Readonly<Record<string, Reason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'refused',
  refusal: 'refused',
};

/** Endings that are none: the server gave up. */
const BROKEN_OFF = new Set(['error', 'abort', 'insufficient_system_resource']);

/** `host` is who answers: what it wants back in the next step goes to it alone. */
export const readOpenai = (messages: readonly ModelMessage[], host: string): AnswerReader => {
  const calls = createCallGatherer(messages);
  const details: unknown[] = [];
  let reasoning = '';
  let finishReason: string | undefined;
  let refused = false;
  let usage: ModelUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

  const readDelta = (delta: JsonObject): readonly ModelEvent[] => {
    const { content } = delta;
    const events: ModelEvent[] = [];
    const thought = textOf(delta['reasoning_content']) ?? textOf(delta['reasoning']) ?? '';
    if (thought !== '') events.push({ type: 'reasoning', delta: thought });
    if (textOf(delta['reasoning_content']) !== undefined) reasoning += thought;
    details.push(...listOf(delta['reasoning_details']));
    if (typeof content === 'string' && content !== '') events.push({ type: 'text', delta: content });
    for (const part of listOf(content)) events.push(...readPart(part));
    const refusal = textOf(delta['refusal']) ?? '';
    if (refusal !== '') {
      refused = true;
      events.push({ type: 'text', delta: refusal });
    }
    for (const fragment of listOf(delta['tool_calls'])) calls.add(fragment);
    return events;
  };

  const finish = (): readonly ModelEvent[] => {
    const complete = calls.complete();
    const named = refused ? 'refused' : (REASONS[finishReason ?? ''] ?? 'stop');
    const reason = complete.length > 0 && named === 'stop' ? 'tool_calls' : complete.length === 0 && named === 'tool_calls' ? 'stop' : named;
    const finished = { type: 'finished', reason, usage } as const;
    const opaque = complete.length === 0 ? undefined : opaqueOf(host, reasoning, details);
    return [...complete, opaque === undefined ? finished : { ...finished, opaque }];
  };

  return {
    read(payload) {
      const chunk = objectOf(payload) ?? {};
      const problem = errorIn(chunk);
      if (problem !== undefined) return [failureOfError(problem)];
      usage = usageIn(chunk) ?? usage;
      const choice = objectOf(listOf(chunk['choices'])[0]);
      if (choice === undefined) return NO_EVENTS;
      finishReason = textOf(choice['finish_reason']) ?? finishReason;
      if (BROKEN_OFF.has(finishReason ?? '')) return [brokenOff(choice, finishReason)];
      // `message` comes from servers that answer whole although a stream was asked for.
      const delta = objectOf(choice['delta']) ?? objectOf(choice['message']);
      return delta === undefined ? NO_EVENTS : readDelta(delta);
    },
    end: (marked) => (marked || finishReason !== undefined ? finish() : [failed('network', 'The stream was cut before the answer was complete.')]),
  };
};

/** Some servers send the content as a list of parts, thinking among them. */
const readPart = (part: unknown): readonly ModelEvent[] => {
  const { type, text, thinking } = objectOf(part) ?? {};
  if (type === 'thinking') {
    return listOf(thinking).flatMap((thought) => ({ type: 'reasoning', delta: textOf(objectOf(thought)?.['text']) ?? '' }) as const);
  }
  return typeof text === 'string' && text !== '' ? [{ type: 'text', delta: text }] : NO_EVENTS;
};

const errorIn = (chunk: JsonObject): unknown => {
  if (isObject(chunk['error']) || typeof chunk['error'] === 'string' || chunk['object'] === 'error') return chunk;
  return undefined;
};

const brokenOff = (choice: JsonObject, reason: string | undefined): ModelEvent =>
  isObject(choice['error']) ? failureOfError(choice) : failed('overloaded', `The provider broke the answer off (${reason}).`);

const usageIn = (chunk: JsonObject): ModelUsage | undefined => {
  const counts = objectOf(chunk['usage']) ?? objectOf(objectOf(chunk['x_groq'])?.['usage']);
  if (counts === undefined) return undefined;
  const details = objectOf(counts['prompt_tokens_details']);
  const read = numberOf(details?.['cached_tokens']) ?? numberOf(counts['prompt_cache_hit_tokens']) ?? 0;
  const written = numberOf(details?.['cache_write_tokens']) ?? 0;
  return {
    inputTokens: Math.max(0, (numberOf(counts['prompt_tokens']) ?? 0) - read - written),
    outputTokens: numberOf(counts['completion_tokens']) ?? 0,
    cacheReadTokens: read,
    cacheWriteTokens: written,
  };
};

const opaqueOf = (host: string, reasoning: string, details: readonly unknown[]): Opaque | undefined => {
  if (reasoning === '' && details.length === 0) return undefined;
  const message = { ...(reasoning === '' ? {} : { reasoning_content: reasoning }), ...(details.length === 0 ? {} : { reasoning_details: details }) };
  return { provider: 'openai', data: { host, message } };
};
