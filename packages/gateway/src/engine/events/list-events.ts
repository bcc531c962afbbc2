import type { DurableEvent, listEvents } from '@openclaw/contract';
import { type Caller, mayEnter } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { Store } from '../ports/store.ts';
import { placeOf } from '../sessions/index.ts';

/** Looked through at most for one who may see few of them; the next question goes on from there. */
const MOST_PAGES = 20;

/** What happened, as far as it is any of the caller's business. */
export const eventsHandler = (store: Pick<Store, 'listEvents'>): Handler<typeof listEvents> => async ({ after, limit }, { caller }) => {
  const seen: DurableEvent[] = [];
  let next = after;
  for (let page = 0; page < MOST_PAGES && seen.length < limit; page++) {
    const events = await store.listEvents(next, limit - seen.length);
    seen.push(...events.filter((event) => concerns(event, caller)));
    next = events.at(-1)?.seq ?? next;
    if (events.length === 0) break;
  }
  return { events: seen, next };
};

/** What belongs to no workspace is for those who may enter all. */
const concerns = ({ sessionKey, data }: DurableEvent, caller: Caller): boolean => {
  const workspace = sessionKey === null ? data['workspace'] : placeOf(sessionKey).workspace;
  return mayEnter(caller, typeof workspace === 'string' ? workspace : '*');
};
