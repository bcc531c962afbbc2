import { valueAt } from '../../../kernel/fill-template.ts';
import type { HookMapping, HookSettings } from './hook-settings.ts';

/** A mapping makes no more of one request than this. */
const MOST_ACTIONS = 200;

/** The first mapping that is for this request. */
export const mappingFor = (name: string, payload: unknown, { mappings }: HookSettings): HookMapping | undefined => {
  const source = valueAt(payload, ['source']);
  return mappings.find(({ match }) => (match.path === undefined || match.path === name) && (match.source === undefined || match.source === source));
};

const LARGEST_BODY = 256 * 1024;
/** A push of Gmail's holds several mails, each with as much as the watcher hands on: a hundred of 20,000 bytes, escaped, with what is said of them. */
const LARGEST_OF_GMAIL = 100 * (3 * 20_000 + 8_192);

/** As much as a request may hold: more where a mapping is there for mail. */
export const largestBody = (name: string, { mappings }: HookSettings): number => (name === 'gmail' && mappings.some(({ match }) => match.path === name) ? LARGEST_OF_GMAIL : LARGEST_BODY);

export interface Payloads {
  readonly payloads: readonly object[];
  /** Entries of the list that were too many. */
  readonly dropped: number;
}

/** What a mapping is to be applied to: the payload, or the payload for each entry of a list. */
export const payloadsOf = ({ forEach }: HookMapping, payload: object): Payloads => {
  if (forEach === undefined) return { payloads: [payload], dropped: 0 };
  const list = valueAt(payload, [forEach]);
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  // Each sees the payload with itself alone in the list.
  return { payloads: entries.slice(0, MOST_ACTIONS).map((entry) => ({ ...payload, [forEach]: [entry] })), dropped: Math.max(0, entries.length - MOST_ACTIONS) };
};
