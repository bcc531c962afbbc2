import { GatewayError } from '@openclaw/contract';
import { z } from 'zod';
import type { HookTransforms, TransformContext, TransformPlace } from '../../ports/hook-transforms.ts';
import type { Head } from '../delivery.ts';
import type { Draft } from './draft.ts';

const word = () => z.string().max(2_000).optional();
const when = () => z.enum(['now', 'next-heartbeat']).optional();

/** What a transform may say, in the words of the public project; what it leaves out stays as the mapping has it. */
const Said = z.looseObject({
  kind: z.enum(['agent', 'wake']).optional(),
  message: z.string().optional(),
  text: z.string().optional(),
  mode: when(),
  wakeMode: when(),
  name: word(),
  agentId: word(),
  sessionKey: word(),
  /** The key is written in the transform, and nothing of a request stands in it. */
  sessionKeySource: z.enum(['static']).optional().catch(undefined),
  sessionMode: z.enum(['isolated', 'persistent']).optional(),
  deliver: z.boolean().optional(),
  channel: word(),
  to: word(),
  model: word(),
  timeoutSeconds: z.number().optional(),
  allowUnsafeExternalContent: z.boolean().optional(),
});

/** What the transforms of one request may take together. */
const WITHIN_MS = 10_000;
const LONGEST_SECONDS = 86_400;

interface Deps {
  readonly transforms: HookTransforms;
  readonly now: () => number;
  /** Why one failed, for whoever wrote it. */
  readonly failed: (place: TransformPlace, reason: string) => void;
}

/** Asks a transform what becomes of each payload of a request. Undefined: nothing is to be done about it. */
export class TransformedDrafts {
  readonly #deps: Deps;
  readonly #place: TransformPlace;
  readonly #until: number;

  constructor(deps: Deps, place: TransformPlace) {
    this.#deps = deps;
    this.#place = place;
    this.#until = deps.now() + WITHIN_MS;
  }

  async transform(draft: Draft, context: TransformContext): Promise<Draft | undefined> {
    const { transforms, now } = this.#deps;
    // What one entry of a list takes, the others have less.
    const left = this.#until - now();
    if (left <= 0) return this.#fail(draft, `the entries of one list take more than ${WITHIN_MS / 1_000} s`);
    const returned = await transforms.run(this.#place, context, left).catch((thrown: unknown) => this.#fail(draft, thrown instanceof Error ? thrown.message : String(thrown)));
    if (returned === undefined) return draft;
    if (returned === null) return undefined;
    const said = Said.safeParse(returned);
    if (said.success) return merge(draft, said.data);
    return this.#fail(draft, `it returned what is no action: ${said.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
  }

  #fail({ id }: Draft, reason: string): never {
    this.#deps.failed(this.#place, reason);
    throw new GatewayError('internal', `The transform of the mapping ${id} failed; the log of the gateway says why`, { mapping: id });
  }
}

const merge = (draft: Draft, said: z.output<typeof Said>): Draft => {
  const { kind, message, text, mode, wakeMode, name, agentId, sessionKey, sessionKeySource, sessionMode, deliver, channel, to, model, timeoutSeconds: seconds, allowUnsafeExternalContent } = said;
  return {
    id: draft.id,
    kind: kind ?? draft.kind,
    // Which of its words came from outside, nobody knows.
    message: message === undefined ? draft.message : { text: message },
    text: text === undefined ? draft.text : { text },
    mode: mode ?? wakeMode ?? draft.mode,
    name: name ?? draft.name,
    agentId: agentId ?? draft.agentId,
    session: { ...(sessionKey === undefined ? draft.session : { key: sessionKey, asked: sessionKeySource !== 'static' }), mode: sessionMode ?? draft.session.mode },
    deliver: deliver ?? draft.deliver,
    channel: channel ?? draft.channel,
    to: to ?? draft.to,
    model: model ?? draft.model,
    timeoutSeconds: seconds !== undefined && seconds >= 1 ? Math.min(Math.floor(seconds), LONGEST_SECONDS) : draft.timeoutSeconds,
    allowUnsafeExternalContent: allowUnsafeExternalContent ?? draft.allowUnsafeExternalContent,
  };
};

/** Headers that hold the token of the hooks. The rest is the owner's module's to see: it may be what signs a request. */
const HIDDEN = new Set(['authorization', 'proxy-authorization', 'x-openclaw-token', 'cookie']);

/** `base` is where the hooks are: `hooks`. */
export const contextOf = (payload: object, { headers, query, path }: Head, base: string): TransformContext => ({
  payload,
  headers: Object.fromEntries(headers.all().filter(([name]) => !HIDDEN.has(name))),
  url: addressOf(headers.one('host'), `/${base}/${path}`, query),
  path,
});

const addressOf = (host: string | undefined, path: string, query: Head['query']): string => {
  const start = `http://${host ?? ''}`;
  const url = new URL(path, URL.canParse(start) ? start : 'http://localhost');
  // Texts and lists of texts.
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) url.searchParams.append(name, String(one));
  return url.href;
};
