import { type Client, named } from '@openclaw/client';
import type { Message, sessionHistory } from '@openclaw/contract';

const HISTORY = named<typeof sessionHistory>('sessions.history');
const PAGE = 200;

export interface HistoryQuery {
  readonly session: string;
  /** As many of the newest messages; undefined: all. */
  readonly limit?: number;
  readonly tools: boolean;
}

/** Messages of a session, oldest first, read page by page from the newest back. */
export const readHistory = async (client: Client, { session, limit = Number.POSITIVE_INFINITY, tools }: HistoryQuery): Promise<readonly Message[]> => {
  const seen = new Set<string>();
  let found: readonly Message[] = [];
  for (let offset = 0; found.length < limit; offset += PAGE) {
    const { messages } = await client.call(HISTORY, { session, includeTools: tools, limit: Math.min(PAGE, limit), offset });
    // Messages that are added while this goes on push the older ones on, into the next page.
    found = [...messages.filter(({ id }) => !seen.has(id)), ...found];
    for (const { id } of messages) seen.add(id);
    if (messages.length < PAGE) break;
  }
  return limit < found.length ? found.slice(-limit) : found;
};
