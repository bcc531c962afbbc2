import type { ModelEvent, ModelMessage } from '../../../engine/ports/model.ts';
import { createCallIds } from '../kit/call-ids.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '../kit/json.ts';
import { parseToolInput } from '../kit/tool-input.ts';

interface PartialCall {
  readonly index: number | undefined;
  readonly id: string | undefined;
  name: string;
  /** Text that grows, or the object some servers send whole. */
  input: unknown;
}

export interface CallGatherer {
  add(fragment: unknown): void;
  /** The calls, complete, in the order they began. */
  complete(): readonly ModelEvent[];
}

/** Puts the fragments of parallel calls together, whichever of index, id and order a server gives to tell them apart. */
export const createCallGatherer = (messages: readonly ModelMessage[]): CallGatherer => {
  const calls: PartialCall[] = [];

  const findCall = (index: number | undefined, id: string | undefined, name: string): PartialCall | undefined => {
    const known = calls.findLast((call) => (index === undefined ? id !== undefined && call.id === id : call.index === index));
    // Some servers number every call 0 and only a new id tells the next one.
    if (known !== undefined) return id === undefined || known.id === undefined || known.id === id ? known : undefined;
    return index === undefined && id === undefined && name === '' ? calls.at(-1) : undefined;
  };

  return {
    add(fragment) {
      const part = objectOf(fragment) ?? {};
      const index = numberOf(part['index']);
      const id = textOf(part['id']) === '' ? undefined : textOf(part['id']);
      const called: JsonObject = objectOf(part['function']) ?? {};
      const name = textOf(called['name']) ?? '';
      const input = called['arguments'];
      const call = findCall(index, id, name);
      if (call === undefined) {
        calls.push({ index, id, name, input });
        return;
      }
      // A server that repeats the name in every fragment must not double it.
      if (call.name === '') call.name = name;
      call.input = typeof input === 'string' && typeof call.input === 'string' ? call.input + input : (input ?? call.input);
    },
    complete() {
      const callId = createCallIds(messages);
      return calls.map((call, index) => ({ type: 'tool_call', call: { id: callId(call.id, index), tool: call.name, input: parseToolInput(call.input) } }));
    },
  };
};
