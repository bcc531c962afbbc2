import type { ModelEvent, ModelMessage, ModelUsage, Opaque } from '../../../engine/ports/model.ts';
import { createCallIds } from '../kit/call-ids.ts';
import { failed, failureOfError } from '../kit/failure.ts';
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../kit/json.ts';
import { type AnswerReader, NO_EVENTS } from '../kit/stream-answer.ts';
import { parseToolInput } from '../kit/tool-input.ts';

const REFUSALS = new Set([
  'SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION',
]);

/** The model tripped over its own tools; asking again usually helps. */
const MISHAPS = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE']);

export const readGoogle = (messages: readonly ModelMessage[]): AnswerReader => {
  const callId = createCallIds(messages);
  const signatures: { text?: string; readonly calls: Record<string, string> } = { calls: {} };
  let calls = 0;
  let finishReason: string | undefined;
  let finishMessage = '';
  let usage: ModelUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

  const readPart = (part: JsonObject): readonly ModelEvent[] => {
    const signature = textOf(part['thoughtSignature']);
    if (isObject(part['functionCall'])) return [readCall(part['functionCall'], signature)];
    const text = textOf(part['text']);
    if (text === undefined) return NO_EVENTS;
    if (signature !== undefined && part['thought'] !== true) signatures.text = signature;
    if (text === '') return NO_EVENTS;
    return [{ type: part['thought'] === true ? 'reasoning' : 'text', delta: text }];
  };

  const readCall = (call: JsonObject, signature: string | undefined): ModelEvent => {
    const id = callId(textOf(call['id']), calls++);
    if (signature !== undefined) signatures.calls[id] = signature;
    return { type: 'tool_call', call: { id, tool: textOf(call['name']) ?? '', input: parseToolInput(call['args']) } };
  };

  const finish = (): ModelEvent => {
    const said = finishMessage === '' ? '' : `: ${finishMessage}`;
    if (MISHAPS.has(finishReason ?? '')) return failed('protocol', `The model ended with ${finishReason}${said}`);
    if (finishReason === 'MISSING_THOUGHT_SIGNATURE') return failed('invalid_request', `The model ended with ${finishReason}${said}`);
    const reason = REFUSALS.has(finishReason ?? '') ? 'refused' : finishReason === 'MAX_TOKENS' ? 'length' : calls > 0 ? 'tool_calls' : 'stop';
    const opaque = opaqueOf(signatures);
    return opaque === undefined ? { type: 'finished', reason, usage } : { type: 'finished', reason, usage, opaque };
  };

  return {
    read(payload) {
      const chunk = objectOf(Array.isArray(payload) ? payload[0] : payload) ?? {};
      if (chunk['error'] !== undefined) return [failureOfError(chunk)];
      usage = usageIn(chunk) ?? usage;
      if (textOf(objectOf(chunk['promptFeedback'])?.['blockReason']) !== undefined) return [{ type: 'finished', reason: 'refused', usage }];
      const candidate = objectOf(listOf(chunk['candidates'])[0]);
      if (candidate === undefined) return NO_EVENTS;
      finishReason = textOf(candidate['finishReason']) ?? finishReason;
      finishMessage = textOf(candidate['finishMessage']) ?? finishMessage;
      const parts = listOf(objectOf(candidate['content'])?.['parts']);
      return parts.flatMap((part) => readPart(objectOf(part) ?? {}));
    },
    // Older models name a reason in every chunk, so only the end of the stream ends the answer.
    end: (marked) => (marked || finishReason !== undefined ? [finish()] : [failed('network', 'The stream was cut before the answer was complete.')]),
  };
};

const usageIn = (chunk: JsonObject): ModelUsage | undefined => {
  const counts = objectOf(chunk['usageMetadata']);
  if (counts === undefined) return undefined;
  const count = (name: string): number => numberOf(counts[name]) ?? 0;
  const cached = count('cachedContentTokenCount');
  return {
    inputTokens: Math.max(0, count('promptTokenCount') + count('toolUsePromptTokenCount') - cached),
    outputTokens: count('candidatesTokenCount') + count('thoughtsTokenCount'),
    cacheReadTokens: cached,
    cacheWriteTokens: 0,
  };
};

const opaqueOf = (signatures: { readonly text?: string; readonly calls: Readonly<Record<string, string>> }): Opaque | undefined => {
  const isEmpty = signatures.text === undefined && Object.keys(signatures.calls).length === 0;
  return isEmpty ? undefined : { provider: 'google', data: signatures };
};
