import { hash } from 'node:crypto';
import { GatewayError, sendMessage } from '@openclaw/contract';
import type { Log } from '../../kernel/log.ts';
import { type Caller, WrongTries } from '../access/index.ts';
import type { Gateway } from '../gateway.ts';
import type { Delivery, Head } from './delivery.ts';
import type { Endpoint } from './endpoint.ts';
import type { Refused } from './refused.ts';
import { type Scheme, schemeOf } from './schemes/index.ts';
import { tellRarely } from './tell-rarely.ts';
import { toMessage } from './to-message.ts';

/** An endpoint with what it takes to let somebody in by it. */
export interface Entrance {
  readonly endpoint: Endpoint;
  readonly scheme: Scheme;
  readonly caller: Caller;
}

/** What a sender is told. */
export type Received =
  | { readonly kind: 'accepted' | 'duplicate'; readonly turnId: string; readonly sessionKey: string }
  /** It only wanted to know whether somebody is there. */
  | { readonly kind: 'greeted'; readonly answer: object };

export interface IngressDeps {
  readonly gateway: Pick<Gateway, 'call'>;
  readonly endpoints: () => readonly Endpoint[];
  readonly refused: Refused;
  readonly log: Log;
  readonly now: () => number;
}

/** Senders come back for days, and people send again by hand what is older. */
const KEEP_ID_MS = 30 * 86_400_000;

const never = new AbortController().signal;

/** Where others tell the agent something: who vouches for what they send, and how it becomes a message. */
export class Ingress {
  readonly #deps: IngressDeps;
  readonly #wrongTries: WrongTries;
  readonly #tell: ReturnType<typeof tellRarely>;
  #known: { readonly endpoints: readonly Endpoint[]; readonly entrances: ReadonlyMap<string, Entrance> } = { endpoints: [], entrances: new Map() };

  constructor(deps: IngressDeps) {
    this.#deps = deps;
    this.#wrongTries = new WrongTries(deps.now);
    this.#tell = tellRarely(deps.log, deps.now);
  }

  find(path: string): Entrance | undefined {
    const endpoints = this.#deps.endpoints();
    if (this.#known.endpoints !== endpoints) this.#known = { endpoints, entrances: new Map(endpoints.map((endpoint) => [endpoint.path, toEntrance(endpoint)])) };
    return this.#known.entrances.get(path);
  }

  /**
   * Before a body is read: throws for an address that has guessed too often, and where nothing could vouch for what comes. Tells whether
   * the head alone has shown that this sender may come in.
   */
  meet({ endpoint, scheme }: Entrance, head: Head): 'vouched' | 'unknown' {
    this.#refuseGuesser(endpoint, head.address);
    if (endpoint.secrets.length === 0) {
      this.#tell('a webhook was refused: nothing is set that could vouch for it', { webhook: endpoint.path, set: `a secret for the path ${endpoint.path}, or webhooks.incoming.secret` });
      throw new GatewayError('webhook_invalid', 'Nothing is set that could vouch for this webhook; the log of the gateway says what to set');
    }
    if (scheme.looksAt === 'body') {
      if (!scheme.isShown(head)) this.#heed('missing', { endpoint, scheme }, head.address);
      return 'unknown';
    }
    this.#heed(scheme.judge(head, endpoint.secrets), { endpoint, scheme }, head.address);
    return 'vouched';
  }

  /** Takes what an entrance has been shown. When it resolves the message is stored, or was before. */
  async receive(entrance: Entrance, delivery: Delivery): Promise<Received> {
    const { endpoint, scheme, caller } = entrance;
    const { head, body } = delivery;
    const { now } = this.#deps;
    if (scheme.looksAt === 'body') {
      // Many may have come in between: asked in the same moment in which it is compared.
      this.#refuseGuesser(endpoint, head.address);
      this.#heed(scheme.judge(delivery, endpoint.secrets, now()), entrance, head.address);
    }
    const answer = scheme.greet?.(delivery);
    if (answer) return { kind: 'greeted', answer };
    const id = idOf(entrance, delivery);
    const { session, text, entrusted } = toMessage(endpoint, scheme, delivery, now());
    const { model, workspace } = endpoint;
    let repeated = false;
    try {
      const { turnId, sessionKey } = await this.#deps.gateway.call(
        sendMessage,
        { session, workspace, text, timeoutSeconds: 0, context: { channel: 'webhook' }, options: model === undefined ? {} : { model } },
        {
          caller,
          idempotencyKey: id,
          origin: { surface: 'webhook', address: head.address, requestId: head.requestId },
          entrusted: { ...entrusted, keepKeyMs: KEEP_ID_MS, fingerprint: hash('sha256', body, 'base64url'), onRepeat: () => (repeated = true) },
        },
      );
      return { kind: repeated ? 'duplicate' : 'accepted', turnId, sessionKey };
    } catch (thrown) {
      if (thrown instanceof GatewayError && UNREACHABLE.has(thrown.code)) {
        this.#tell('a webhook has nowhere to go', { webhook: endpoint.path, code: thrown.code, why: thrown.message });
      }
      throw thrown;
    }
  }

  #refuseGuesser({ path }: Endpoint, address: string): void {
    const left = this.#wrongTries.left(placeOf(path, address));
    if (left === 0) return;
    this.#deps.refused({ address, outcome: 'rate_limited', at: wayIn(path) });
    throw new GatewayError('rate_limited', 'Too many wrong secrets or signatures from this address', { retryAfterSeconds: Math.ceil(left / 1000) });
  }

  #heed(verdict: ReturnType<Scheme['judge']>, { endpoint, scheme }: Pick<Entrance, 'endpoint' | 'scheme'>, address: string): void {
    if (verdict === 'good') return;
    this.#deps.refused({ address, outcome: 'webhook_invalid', at: wayIn(endpoint.path) });
    if (verdict === 'missing') throw new GatewayError('webhook_invalid', `This webhook wants ${scheme.wants}`);
    if (verdict === 'late') throw new GatewayError('webhook_invalid', 'The signature is too old, or made by a clock that is minutes ahead');
    this.#wrongTries.count(placeOf(endpoint.path, address));
    throw new GatewayError('webhook_invalid', 'The secret or the signature is wrong');
  }
}

/** The configuration names something that is not there. */
const UNREACHABLE = new Set<string>(['session_not_found', 'workspace_not_found', 'model_not_configured', 'forbidden']);

const wayIn = (path: string): string => `/webhook/${path}`;

const placeOf = (path: string, address: string): string => `${address} ${path}`;

const toEntrance = (endpoint: Endpoint): Entrance => ({
  endpoint,
  scheme: schemeOf(endpoint.verify),
  caller: {
    id: `webhook:${endpoint.path}`,
    label: `webhook ${endpoint.path}`,
    permissions: new Set(['messages:write']),
    workspaces: new Set([endpoint.workspace]),
    limits: { requestsPerMinute: endpoint.requestsPerMinute },
    budget: undefined,
    revoked: never,
  },
});

/** By what a delivery is known when it comes again. */
const idOf = ({ endpoint, scheme }: Entrance, delivery: Delivery): string | undefined => {
  const id = scheme.idOf(delivery);
  if (id === undefined) return endpoint.dedupe === 'body' ? `body-${hash('sha256', delivery.body, 'base64url')}` : undefined;
  const text = typeof id === 'number' ? String(id) : id;
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(text)) {
    throw new GatewayError('invalid_request', 'The id of the delivery must be 1 to 256 visible ASCII characters', { path: 'id' });
  }
  return text;
};
