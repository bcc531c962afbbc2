import { createHash } from 'node:crypto';
import type { ModelMessage } from '../../../engine/ports/model.ts';

/** Gives each call of one answer an id that no other call of the conversation has: the provider's own where it has one. */
export type CallIds = (given: string | undefined, index: number) => string;

export const createCallIds = (messages: readonly ModelMessage[]): CallIds => {
  const taken = new Set<string>();
  let seed: string | undefined;
  for (const message of messages) {
    if (message.role === 'assistant') for (const call of message.toolCalls) taken.add(call.id);
  }
  const keep = (id: string): string => {
    taken.add(id);
    return id;
  };
  return (given, index) => {
    if (given !== undefined && given !== '' && !taken.has(given)) return keep(given);
    seed ??= shortHash(JSON.stringify([messages.length, messages.at(-1)]));
    for (let n = index; ; n++) {
      const id = `call_${seed}_${n}`;
      if (!taken.has(id)) return keep(id);
    }
  };
};

/** The same id in the form a picky provider accepts: nine letters and digits. */
export const nineCharacterId = (id: string): string => (/^[a-zA-Z0-9]{9}$/.test(id) ? id : shortHash(id));

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 9);
