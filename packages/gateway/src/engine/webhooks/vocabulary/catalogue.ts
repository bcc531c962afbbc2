import { GatewayError } from '@openclaw/contract/errors';
import { EVENT_TYPES, type EventType } from '@openclaw/contract/event-types';
import type { WebhookTopic } from '../../ports/webhook-store.ts';
import { controlVocabulary } from './control.ts';
import { messagesVocabulary } from './messages-v1.ts';
import { tasksVocabulary } from './tasks-v1.ts';
import type { EventData, Happening, Vocabulary, Word } from './word.ts';

/** Our own names, for what no document names. */
const native: Vocabulary = Object.fromEntries(EVENT_TYPES.map((type) => [type, { types: [type], say: ({ data }) => data } satisfies Word]));

const words = new Map<string, Word>(Object.entries({ ...native, ...tasksVocabulary, ...messagesVocabulary, ...controlVocabulary }));

/** Every name that can be listened to, patterns aside. */
export const EVENT_NAMES: readonly string[] = [...words.keys()].toSorted();

/** Asked for by several names, or by all: told once, under our own name, with all that each of its names would say. */
const EVERYTHING = '*';

/** What a webhook listens to that asked for these names: any name of any document, `task.*`, or `*`. */
export const toTopics = (asked: readonly string[], path = 'events'): readonly WebhookTopic[] => {
  const named = new Set(asked.flatMap((pattern) => namesOf(pattern, path)));
  const called = new Map<EventType, string>();
  for (const name of named) {
    for (const type of words.get(name)?.types ?? []) called.set(type, called.has(type) && called.get(type) !== name ? EVERYTHING : name);
  }
  const topics = [...called].map(([type, name]) => ({ type, called: name }));
  return asked.includes('*') ? topics.map(({ type }) => ({ type, called: EVERYTHING })) : topics;
};

const namesOf = (pattern: string, path: string): readonly string[] => {
  if (pattern === '*') return EVENT_TYPES;
  const found = pattern.endsWith('.*') ? EVENT_NAMES.filter((name) => name.startsWith(pattern.slice(0, -1))) : EVENT_NAMES.filter((name) => name === pattern);
  if (found.length > 0) return found;
  throw new GatewayError('invalid_request', `${path}: there is no event "${pattern.slice(0, 100)}"; there are ${EVENT_NAMES.join(', ')}, and patterns such as task.* and *`, { path, events: EVENT_NAMES });
};

/** An event as one webhook is told of it. */
export interface Told {
  readonly event: string;
  readonly data: EventData;
}

/** Undefined where what happened is not what the name means. */
export const tell = (called: string, happening: Happening): Told | undefined => {
  if (called === EVERYTHING) return { event: happening.type, data: everything(happening) };
  const data = words.get(called)?.say(happening);
  return data && { event: called, data };
};

/** All that can be said of an event, whatever it is called: what filters and templates look at. */
export const tellAll = ({ data }: Told, happening: Happening): EventData => ({ ...everything(happening), ...data });

const everything = (happening: Happening): EventData => {
  const said = [...words.values()].filter(({ types }) => types.includes(happening.type)).map(({ say }) => say(happening) ?? {});
  return Object.assign({}, ...said, happening.data) as EventData;
};
