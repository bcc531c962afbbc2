import { hash } from 'node:crypto';
import { GatewayError, type Reply, sendMessage, wakeAgent } from '@openclaw/contract';
import { newId } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import { toReport } from '../../../kernel/nothing-to-report.ts';
import { type Caller, WrongTries } from '../../access/index.ts';
import type { Call, Gateway } from '../../gateway.ts';
import type { HookTransforms } from '../../ports/hook-transforms.ts';
import type { Delivery, Head } from '../delivery.ts';
import { readJsonBody } from '../read-content.ts';
import type { Refused } from '../refused.ts';
import { isSameSecret } from '../schemes/same-secret.ts';
import { tellRarely } from '../tell-rarely.ts';
import type { AgentAction, HookAction, WakeAction } from './hook-action.ts';
import type { HookMapping, HookSettings } from './hook-settings.ts';
import { toAction, toDraft } from './draft.ts';
import { largestBody, mappingFor, payloadsOf } from './map-payload.ts';
import { readAgent, readWake } from './read-direct.ts';
import { contextOf, TransformedDrafts } from './transform-draft.ts';

export interface HookDeps {
  readonly gateway: Pick<Gateway, 'call'>;
  readonly settings: () => HookSettings;
  readonly knowsAgent: (id: string) => boolean;
  readonly transforms: HookTransforms;
  readonly refused: Refused;
  readonly log: Log;
  readonly now: () => number;
}

/** Without a body where there was nothing to do. */
type HookReply = { readonly status: 200; readonly body: object } | { readonly status: 204 };

const KEEP_KEY_MS = 30 * 86_400_000;
/** Where only what was made of a request tells it from another: long enough for who tries again, short enough for who says the same later. */
const KEEP_DERIVED_MS = 5 * 60_000;
const LONGEST_KEY = 256;
/** A run ends at its own deadline; until then who waits, waits. */
const LONGEST_WAIT_SECONDS = 86_400;

const never = new AbortController().signal;

const CALLER: Caller = {
  id: 'hooks',
  label: 'hooks',
  permissions: new Set(['messages:write']),
  workspaces: new Set(['main']),
  limits: { requestsPerMinute: undefined },
  budget: undefined,
  revoked: never,
};

/** `/hooks/…` in the form of the public project: to wake the agent, to run it, and what mappings make of anything else. */
export class Hooks {
  readonly #deps: HookDeps;
  readonly #wrongTries: WrongTries;
  readonly #tell: ReturnType<typeof tellRarely>;

  constructor(deps: HookDeps) {
    this.#deps = deps;
    this.#wrongTries = new WrongTries(deps.now);
    this.#tell = tellRarely(deps.log, deps.now);
  }

  /** Before a body is read: throws for who may not come in. */
  meet({ headers, query, address }: Head): void {
    const { enabled, token, path } = this.#deps.settings();
    if (!enabled) throw new GatewayError('not_found', 'Hooks are switched off');
    if (Object.hasOwn(query, 'token')) throw new GatewayError('invalid_request', 'A token does not belong into an address; send "Authorization: Bearer <token>"', { path: 'token' });
    const shown = /^Bearer +(\S+)$/i.exec(headers.one('authorization') ?? '')?.[1] ?? headers.one('x-openclaw-token');
    if (!token) this.#tell('a hook was refused: no token is set', { set: 'hooks.token' });
    if (shown === undefined || shown === '') throw new GatewayError('auth_required', 'A token is needed: send "Authorization: Bearer <token>"');
    const left = this.#wrongTries.left(address);
    if (left > 0) {
      this.#deps.refused({ address, outcome: 'rate_limited', at: `/${path}` });
      throw new GatewayError('rate_limited', 'Too many wrong tokens from this address', { retryAfterSeconds: Math.ceil(left / 1000) });
    }
    if (token && isSameSecret(Buffer.from(shown, 'latin1'), token)) return;
    this.#wrongTries.count(address);
    this.#deps.refused({ address, outcome: 'webhook_invalid', at: `/${path}` });
    throw new GatewayError('auth_invalid', 'The token does not match');
  }

  /** How large a body may be. */
  mostBytes({ path }: Head): number {
    return largestBody(toName(path), this.#deps.settings());
  }

  /** When it resolves, all that is to be done is stored. */
  async receive(delivery: Delivery, signal: AbortSignal): Promise<HookReply> {
    const name = toName(delivery.head.path);
    const settings = this.#deps.settings();
    const { knowsAgent } = this.#deps;
    const payload = objectIn(delivery.body);
    const rules = { settings, knowsAgent };
    const key = keyOf(delivery.head, payload);
    if (name === 'wake') return ok(await this.#wake(readWake(payload, rules), delivery.head, named(name, key)));
    if (name === 'agent') {
      const { action, waits } = readAgent(payload, rules);
      return ok(waits ? await this.#runToTheEnd(action, delivery.head, named(name, key), signal) : { runId: await this.#run(action, delivery.head, named(name, key)) });
    }
    const mapping = mappingFor(name, payload, settings);
    if (!mapping) throw new GatewayError('not_found', 'There is no hook at this path');
    const actions = await this.#actionsOf(mapping, payload, { head: { ...delivery.head, path: name }, ...rules });
    if (actions.length === 0) return { status: 204 };
    return ok(await this.#all(actions, delivery.head, { name, key, derived: mapping.forEach !== undefined }));
  }

  /** What a mapping makes of a payload, and its transform of that. */
  async #actionsOf(mapping: HookMapping, payload: object, { head, ...rules }: Rules & { readonly head: Head }): Promise<readonly HookAction[]> {
    const { transforms, now, log } = this.#deps;
    const { payloads, dropped } = payloadsOf(mapping, payload);
    if (dropped > 0) this.#tell('a hook had more entries than are taken at once', { hook: mapping.id, dropped });
    const drafts = payloads.map((one) => ({ payload: one, draft: toDraft(mapping, one, { head, now: now() }) }));
    if (!mapping.transform) return drafts.map(({ draft }) => toAction(draft, rules));
    const failed = ({ file }: { readonly file: string }, cause: string): void => log('error', 'a transform of the hooks failed', { hook: mapping.id, transform: file, cause });
    const transformed = new TransformedDrafts({ transforms, now, failed }, mapping.transform);
    const actions: HookAction[] = [];
    for (const { payload: one, draft } of drafts) {
      const left = await transformed.transform(draft, contextOf(one, head, rules.settings.path));
      if (left) actions.push(toAction(left, rules));
    }
    return actions;
  }

  async #all(actions: readonly HookAction[], head: Head, { name, key, derived }: { readonly name: string; readonly key: string | undefined; readonly derived: boolean }): Promise<object> {
    const runIds: string[] = [];
    const woken: Woken[] = [];
    for (const [at, action] of actions.entries()) {
      const once = key === undefined && derived && action.kind === 'agent' ? { key: `derived-${fingerprintOf(action)}`, keepKeyMs: KEEP_DERIVED_MS } : named(actions.length > 1 ? `${name} ${at}` : name, key);
      try {
        if (action.kind === 'wake') woken.push(await this.#wake(action, head, once));
        else runIds.push(await this.#run(action, head, once));
      } catch (thrown) {
        // Whoever sends it again finds those that have begun.
        throw thrown instanceof GatewayError && runIds.length > 0 ? new GatewayError(thrown.code, thrown.message, { ...thrown.details, runIds }, thrown.cause) : thrown;
      }
    }
    return { ...(woken.find(({ eventOutcome }) => eventOutcome === 'queued') ?? woken[0]), ...(runIds.length > 0 && { runId: runIds[0] }), ...(runIds.length > 1 && { runIds, dispatched: runIds.length }) };
  }

  async #wake({ text, mode, session, source }: WakeAction, head: Head, once: Named): Promise<Woken> {
    const woken = await this.#deps.gateway.call(wakeAgent, { text, mode, session }, callBy(head, once, { source, fingerprint: hashOf([text, mode, session]) }));
    return { mode: woken.mode, eventOutcome: woken.outcome };
  }

  async #run(action: AgentAction, head: Head, once: Named): Promise<string> {
    return (await this.#send(action, head, once, 0)).turnId;
  }

  /** What became of a run is told, not what it said. */
  async #runToTheEnd(action: AgentAction, head: Head, once: Named, signal: AbortSignal): Promise<object> {
    try {
      const reply = await this.#send(action, head, once, LONGEST_WAIT_SECONDS, signal);
      return { runId: reply.turnId, completion: { status: 'ok', replyDisposition: 'text' in reply ? dispositionOf(reply) : 'empty' } };
    } catch (thrown) {
      const runId = thrown instanceof GatewayError ? thrown.details['turnId'] : undefined;
      if (!(thrown instanceof GatewayError) || typeof runId !== 'string' || thrown.code === 'draining') throw thrown;
      return { runId, completion: { status: thrown.code === 'turn_cancelled' ? 'skipped' : 'error' } };
    }
  }

  #send(action: AgentAction, head: Head, once: Named, timeoutSeconds: number, signal?: AbortSignal) {
    const { text, session, model, timeoutSeconds: runTimeoutSeconds, source, duties } = action;
    const key = session.fresh ? `${session.key}-${newId('run', this.#deps.now()).slice(4)}` : session.key;
    return this.#deps.gateway.call(
      sendMessage,
      { session: key, text, timeoutSeconds, context: { channel: 'hook' }, options: { model, runTimeoutSeconds } },
      { ...callBy(head, once, { source, duties, fingerprint: fingerprintOf(action) }), signal },
    );
  }
}

interface Rules {
  readonly settings: HookSettings;
  readonly knowsAgent: HookDeps['knowsAgent'];
}

/** What a wake is answered. */
interface Woken {
  readonly mode: string;
  readonly eventOutcome: 'queued' | 'coalesced';
}

/** By what a request is known when it comes again; not at all without a key. */
interface Named {
  readonly key: string | undefined;
  readonly keepKeyMs: number;
}

/** A key counts for one path alone, and may be written in any letters. */
const named = (name: string, key: string | undefined): Named => ({ key: key && `hook-${hashOf([name, key])}`, keepKeyMs: KEEP_KEY_MS });

const callBy = ({ address, requestId }: Head, { key, keepKeyMs }: Named, entrusted: NonNullable<Call['entrusted']>): Call => ({
  caller: CALLER,
  idempotencyKey: key,
  origin: { surface: 'webhook', address, requestId },
  entrusted: { ...entrusted, keepKeyMs },
});

const ok = (body: object): HookReply => ({ status: 200, body: { ok: true, ...body } });

const hashOf = (value: unknown): string => hash('sha256', JSON.stringify(value), 'base64url');

/** What makes two runs the same: everything but the name of a session that is made for one of them. */
const fingerprintOf = (action: AgentAction): string => hashOf(action);

/** What stands after `/hooks/`. */
const toName = (path: string): string => path.replace(/\/$/, '');

const objectIn = (body: Buffer): object => {
  const value = body.length === 0 ? undefined : readJsonBody(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GatewayError('invalid_request', 'The body must be a JSON object', { path: '' });
  return value;
};

const KEY_HEADERS = ['idempotency-key', 'x-openclaw-idempotency-key'];

/** The first that can be used. */
const keyOf = ({ headers }: Head, payload: object): string | undefined =>
  [...KEY_HEADERS.map((name) => headers.one(name)), Object.hasOwn(payload, 'idempotencyKey') ? (Reflect.get(payload, 'idempotencyKey') as unknown) : undefined]
    .map((key) => (typeof key === 'string' ? key.trim() : ''))
    .find((key) => key !== '' && key.length <= LONGEST_KEY);

const dispositionOf = ({ text }: Reply): string => {
  if (text.trim() === '') return 'empty';
  return toReport(text, { asked: false }) === undefined ? 'silent' : 'visible';
};
