import { GatewayError } from '@openclaw/contract';
import { type FilledTemplate, valueAt } from '../../../kernel/fill-template.ts';
import type { MessageSource } from '../../ports/turn-records.ts';
import type { Head } from '../delivery.ts';
import { fillFrom, rootsOf } from '../fill-from.ts';
import { chooseAgent, chooseSession, chooseWoken } from './choose-session.ts';
import type { HookAction } from './hook-action.ts';
import type { HookMapping, HookSettings } from './hook-settings.ts';

interface Rules {
  readonly settings: HookSettings;
  readonly knowsAgent: (id: string) => boolean;
  readonly now: number;
}

/** A mapping makes no more of one request than this. */
const MOST_ACTIONS = 200;

/** The first mapping that is for this request. */
export const mappingFor = (name: string, payload: unknown, { mappings }: HookSettings): HookMapping | undefined => {
  const source = valueAt(payload, ['source']);
  return mappings.find(({ match }) => (match.path === undefined || match.path === name) && (match.source === undefined || match.source === source));
};

export interface Mapped {
  readonly actions: readonly HookAction[];
  /** Entries of the list that were too many. */
  readonly dropped: number;
}

/** What a mapping makes of a payload: an action, or one for each entry of a list. */
export const mapPayload = (mapping: HookMapping, payload: object, head: Head, rules: Rules): Mapped => {
  const { forEach } = mapping;
  if (forEach === undefined) return { actions: [toAction(mapping, payload, head, rules)], dropped: 0 };
  const list = valueAt(payload, [forEach]);
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  // Each sees the payload with itself alone in the list.
  const actions = entries.slice(0, MOST_ACTIONS).map((entry) => toAction(mapping, { ...payload, [forEach]: [entry] }, head, rules));
  return { actions, dropped: Math.max(0, entries.length - MOST_ACTIONS) };
};

const toAction = (mapping: HookMapping, payload: object, head: Head, { settings, knowsAgent, now }: Rules): HookAction => {
  const roots = { ...rootsOf({ ...head, hidden: [], now }), payload: (path: readonly string[]) => valueAt(payload, path) };
  const fill = (template: string): FilledTemplate => fillFrom(template, roots, (path) => valueAt(payload, path));
  const agent = chooseAgent(mapping.agentId, settings, knowsAgent);
  const key = keyOf(mapping, fill);
  if (mapping.action === 'wake') {
    const { text, source } = said(mapping, 'textTemplate', fill);
    return { kind: 'wake', text, source, mode: mapping.wakeMode, session: chooseWoken({ agent, ...key }, settings) };
  }
  const { text, source } = said(mapping, 'messageTemplate', fill);
  const to = mapping.deliver && fill(mapping.deliver.to).text;
  return {
    kind: 'agent',
    text,
    source,
    session: chooseSession({ agent, ...key, mode: mapping.sessionMode, name: fill(mapping.name).text }, settings),
    model: (mapping.model && fill(mapping.model).text) || undefined,
    timeoutSeconds: mapping.timeoutSeconds,
    duties: mapping.deliver && to ? { deliver: { channel: mapping.deliver.channel, to } } : undefined,
  };
};

type Fill = (template: string) => FilledTemplate;

const said = ({ id, allowUnsafeExternalContent, ...mapping }: HookMapping, which: 'textTemplate' | 'messageTemplate', fill: Fill): { readonly text: string; readonly source: MessageSource | undefined } => {
  const { text, parts } = fill(mapping[which]);
  if (text.trim() === '') throw new GatewayError('invalid_request', `The ${which} of the mapping ${id} says nothing of this request`, { mapping: id });
  return { text, source: allowUnsafeExternalContent ? undefined : { name: `Hook ${id}`, parts } };
};

const keyOf = ({ id, sessionKey: template }: HookMapping, fill: Fill): { readonly key: string | undefined; readonly asked: boolean } => {
  if (template === undefined) return { key: undefined, asked: false };
  const { text } = fill(template);
  if (text.trim() === '') throw new GatewayError('invalid_request', `The sessionKey of the mapping ${id} says nothing of this request`, { mapping: id });
  return { key: text, asked: template.includes('{{') };
};
