import { GatewayError } from '@openclaw/contract';
import { type FilledTemplate, valueAt } from '../../../kernel/fill-template.ts';
import type { Head } from '../delivery.ts';
import { fillFrom, rootsOf } from '../fill-from.ts';
import { chooseAgent, chooseSession, chooseWoken } from './choose-session.ts';
import type { HookAction } from './hook-action.ts';
import type { HookMapping, HookSettings, SessionMode } from './hook-settings.ts';

interface Rules {
  readonly settings: HookSettings;
  readonly knowsAgent: (id: string) => boolean;
}

/** Words, and the parts of them that came from outside; all of them did, where nothing is said of parts. */
interface Words {
  readonly text: string;
  readonly parts?: FilledTemplate['parts'];
}

/** What a mapping makes of a payload, before anybody has looked whether that may be. */
export interface Draft {
  /** The mapping it comes from. */
  readonly id: string;
  readonly kind: 'agent' | 'wake';
  readonly message: Words;
  readonly text: Words;
  readonly mode: 'now' | 'next-heartbeat';
  readonly name: string;
  readonly agentId: string | undefined;
  /** `asked`: whether anything of a request stands in it. */
  readonly session: { readonly key: string | undefined; readonly asked: boolean; readonly mode: SessionMode };
  readonly deliver: boolean;
  readonly channel: string | undefined;
  readonly to: string | undefined;
  readonly model: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly allowUnsafeExternalContent: boolean;
}

export const toDraft = (mapping: HookMapping, payload: object, { head, now }: { readonly head: Head; readonly now: number }): Draft => {
  const roots = { ...rootsOf({ ...head, hidden: [], now }), payload: (path: readonly string[]) => valueAt(payload, path) };
  const fill = (template: string): FilledTemplate => fillFrom(template, roots, (path) => valueAt(payload, path));
  const { id, action, wakeMode, name, agentId, sessionKey, sessionMode, messageTemplate, textTemplate, deliver, channel, to, model, timeoutSeconds, allowUnsafeExternalContent } = mapping;
  return {
    id,
    kind: action,
    message: fill(messageTemplate),
    text: fill(textTemplate),
    mode: wakeMode,
    name: fill(name).text,
    agentId,
    session: { key: sessionKey && fill(sessionKey).text, asked: sessionKey?.includes('{{') ?? false, mode: sessionMode },
    deliver,
    channel,
    to: to && fill(to).text,
    model: model && fill(model).text,
    timeoutSeconds,
    allowUnsafeExternalContent,
  };
};

/** Throws where it says nothing, or what the configuration lets nobody ask for. */
export const toAction = (draft: Draft, { settings, knowsAgent }: Rules): HookAction => {
  const { id, kind, mode, session, model, timeoutSeconds, allowUnsafeExternalContent } = draft;
  const agent = chooseAgent(draft.agentId, settings, knowsAgent);
  const { text, parts } = kind === 'wake' ? draft.text : draft.message;
  if (session.key?.trim() === '') throw silent(id, 'sessionKey');
  if (text.trim() === '') throw silent(id, kind === 'wake' ? 'textTemplate' : 'messageTemplate');
  const source = allowUnsafeExternalContent ? undefined : { name: `Hook ${id}`, ...(parts && { parts }) };
  if (kind === 'wake') return { kind, text, source, mode, session: chooseWoken({ agent, ...session }, settings) };
  return {
    kind,
    text,
    source,
    session: chooseSession({ agent, ...session, name: draft.name }, settings),
    model: model || undefined,
    timeoutSeconds,
    duties: dutiesOf(draft),
  };
};

const dutiesOf = ({ deliver, channel, to }: Draft) => (deliver && channel && channel !== 'last' && to ? { deliver: { channel, to } } : undefined);

const silent = (id: string, which: string): GatewayError => new GatewayError('invalid_request', `The ${which} of the mapping ${id} says nothing of this request`, { mapping: id });
