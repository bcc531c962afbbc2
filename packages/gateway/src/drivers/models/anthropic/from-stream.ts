import type { ModelEvent, ModelMessage, ModelUsage } from '../../../engine/ports/model.ts';
import { createCallIds } from '../kit/call-ids.ts';
import { failed, failureOfError } from '../kit/failure.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../kit/json.ts';
import { type AnswerReader, NO_EVENTS } from '../kit/stream-answer.ts';
import { parseToolInput } from '../kit/tool-input.ts';

/** A content block that is being streamed. */
interface OpenBlock {
  readonly start: JsonObject;
  text: string;
  signature: string;
}

type Reason = Extract<ModelEvent, { type: 'finished' }>['reason'];

const REASONS: Readonly<Record<string, Reason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  // The provider's own tools paused a long turn. None are offered here, so all it says is: there would be more.
  pause_turn: 'length',
  refusal: 'refused',
};

export const readAnthropic = (messages: readonly ModelMessage[]): AnswerReader => {
  const blocks = new Map<number, OpenBlock>();
  const thinking: JsonObject[] = [];
  const callId = createCallIds(messages);
  let calls = 0;
  let usage: ModelUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  let stopReason: string | undefined;

  const startBlock = (index: number, start: JsonObject): readonly ModelEvent[] => {
    blocks.set(index, { start, text: textOf(start['thinking']) ?? '', signature: textOf(start['signature']) ?? '' });
    const text = textOf(start['text']) ?? '';
    return text === '' ? NO_EVENTS : [{ type: 'text', delta: text }];
  };

  const growBlock = (index: number, delta: JsonObject): readonly ModelEvent[] => {
    const text = textOf(delta['text']);
    if (delta['type'] === 'text_delta' && text !== undefined) return [{ type: 'text', delta: text }];
    const block = blocks.get(index);
    if (block === undefined) return NO_EVENTS;
    block.text += textOf(delta['partial_json']) ?? textOf(delta['thinking']) ?? '';
    block.signature += textOf(delta['signature']) ?? '';
    const thought = textOf(delta['thinking']) ?? '';
    return thought === '' ? NO_EVENTS : [{ type: 'reasoning', delta: thought }];
  };

  const endBlock = (index: number): readonly ModelEvent[] => {
    const block = blocks.get(index);
    blocks.delete(index);
    if (block === undefined) return NO_EVENTS;
    const { start } = block;
    if (start['type'] === 'redacted_thinking') thinking.push(start);
    if (start['type'] === 'thinking') thinking.push({ type: 'thinking', thinking: block.text, signature: block.signature });
    if (start['type'] !== 'tool_use') return NO_EVENTS;
    const input = parseToolInput(block.text === '' ? start['input'] : block.text);
    return [{ type: 'tool_call', call: { id: callId(textOf(start['id']), calls++), tool: textOf(start['name']) ?? '', input } }];
  };

  const finish = (): readonly ModelEvent[] => {
    const named = REASONS[stopReason ?? ''] ?? 'stop';
    const reason = calls > 0 && named === 'stop' ? 'tool_calls' : calls === 0 && named === 'tool_calls' ? 'stop' : named;
    const finished = { type: 'finished', reason, usage } as const;
    return [thinking.length === 0 ? finished : { ...finished, opaque: { provider: 'anthropic', data: thinking } }];
  };

  return {
    read(payload) {
      const event = objectOf(payload) ?? {};
      const index = numberOf(event['index']) ?? 0;
      switch (event['type']) {
        case 'content_block_delta':
          return growBlock(index, objectOf(event['delta']) ?? {});
        case 'content_block_start':
          return startBlock(index, objectOf(event['content_block']) ?? {});
        case 'content_block_stop':
          return endBlock(index);
        case 'message_start':
          usage = mergeUsage(usage, objectOf(event['message'])?.['usage']);
          return NO_EVENTS;
        case 'message_delta':
          stopReason = textOf(objectOf(event['delta'])?.['stop_reason']) ?? stopReason;
          usage = mergeUsage(usage, event['usage']);
          return NO_EVENTS;
        case 'message_stop':
          return finish();
        case 'message':
          return readWhole(event);
        case 'error':
          return [failureOfError(event)];
        default:
          return event['error'] === undefined ? NO_EVENTS : [failureOfError(event)];
      }
    },
    end: () => (stopReason === undefined ? [failed('network', 'The stream was cut before the answer was complete.')] : finish()),
  };

  /** An answer that was not streamed: the same blocks, at once. */
  function readWhole(message: JsonObject): readonly ModelEvent[] {
    usage = mergeUsage(usage, message['usage']);
    stopReason = textOf(message['stop_reason']) ?? 'end_turn';
    const events = listOf(message['content']).flatMap((block, index) => [...startBlock(index, objectOf(block) ?? {}), ...endBlock(index)]);
    return [...events, ...finish()];
  }
};

/** The counts of a later event replace those of an earlier one; what it does not mention stays. */
const mergeUsage = (before: ModelUsage, later: unknown): ModelUsage => {
  const usage = objectOf(later) ?? {};
  return {
    inputTokens: numberOf(usage['input_tokens']) ?? before.inputTokens,
    outputTokens: numberOf(usage['output_tokens']) ?? before.outputTokens,
    cacheReadTokens: numberOf(usage['cache_read_input_tokens']) ?? before.cacheReadTokens,
    cacheWriteTokens: numberOf(usage['cache_creation_input_tokens']) ?? before.cacheWriteTokens,
  };
};
