import { createHash } from 'node:crypto';
import { cancelTurn, type ErrorCode, GatewayError, sendMessage } from '@openclaw/contract';
import type { Log } from '../../../kernel/log.ts';
import type { Caller } from '../../access/index.ts';
import type { Entrusted, Gateway } from '../../gateway.ts';
import type { ChannelCapabilities, InboundMessage, Invitation } from '../../ports/channel.ts';
import type { Store } from '../../ports/store.ts';
import type { Arrival } from '../../ports/arrival.ts';
import type { ReplyAddress } from '../../ports/turn-records.ts';
import type { Attached } from './attachments.ts';
import type { ChannelSettings } from '../channel-settings.ts';
import { decide, type Decision, decideInvitation, type RefusalReason } from './decide.ts';
import { makePairingCode } from './pairing-code.ts';
import { keyOf, sessionOf, userOf } from './session-of.ts';
import { wordsOf } from './words-of.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A message that comes again within this time is known. */
const KNOWN_FOR_MS = 30 * DAY;
const PAIRINGS_AT_ONCE = 3;
/** Messages of one conversation that are recorded as refused, in an hour. */
const MOST_REFUSED = 20;

/** Why the door may refuse now what it takes later: the message must come again. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'storage_full', 'gateway_busy', 'starting', 'draining']);

type Reason = RefusalReason | 'hourly_limit' | 'cooldown' | 'pairing' | 'pairing_pending' | 'too_many_pairings' | ErrorCode;

export interface ReceptionDeps {
  readonly settings: ChannelSettings;
  readonly capabilities: () => ChannelCapabilities;
  readonly store: Pick<Store, 'weighArrival' | 'refuseArrival' | 'askToPair' | 'addSend' | 'unfinishedTurns'>;
  readonly gateway: Pick<Gateway, 'call'>;
  /** Whoever came in through it may do nothing any more. */
  readonly revoked: AbortSignal;
  /** Who may write, by the workspace's own list. */
  readonly allowlist: () => readonly string[];
  /** Brings what came with a message; rejects where the message must come again. */
  readonly bring: (message: InboundMessage) => Promise<readonly Attached[]>;
  /** Somebody waits for the answer of this turn. */
  readonly begun: (turnId: string, address: ReplyAddress) => void;
  /** There is something to send. */
  readonly nudge: () => void;
  readonly log: Log;
  readonly now: () => number;
}

/** What comes in through one channel: let in by the door, or kept out with a reason that is recorded. */
export class Reception {
  readonly #deps: ReceptionDeps;
  readonly #stranger: Caller;
  readonly #known: Caller;

  constructor(deps: ReceptionDeps) {
    this.#deps = deps;
    this.#stranger = strangerOf(deps.settings, deps.revoked);
    this.#known = knownOf(this.#stranger);
  }

  /** Resolves when the message need not come again. */
  async receive(message: InboundMessage): Promise<void> {
    const { settings, allowlist, store, now } = this.#deps;
    const at = now();
    const decision = decide(message, { settings, allowlist: allowlist(), now: at });
    if (decision.outcome === 'ignore') return;
    const arrival = this.#arrivalOf(message);
    const weight = await store.weighArrival({ ...arrival, since: at - HOUR });
    if (weight.seen) return;
    // Whoever goes on for all that leaves no more traces: they could fill the disk.
    if (decision.outcome !== 'let_in' && weight.refusedHere >= MOST_REFUSED) return;
    if (decision.outcome === 'refuse') return this.#refuse(arrival, decision.reason);
    if (decision.outcome === 'pair') return this.#pair(message, arrival);
    const { maxMessagesPerHour, cooldownSeconds } = settings;
    const mustBeTold = weight.refusedHere === 0 || this.#deps.capabilities().awaitsAnswers === true;
    if (maxMessagesPerHour !== undefined && weight.letIn >= maxMessagesPerHour) {
      return this.#refuse(arrival, 'hourly_limit', mustBeTold ? { message, text: 'Too many messages for this hour. Please try again later.' } : undefined);
    }
    if (cooldownSeconds !== undefined && weight.lastOfSender !== undefined && at - weight.lastOfSender < cooldownSeconds * 1_000) {
      return this.#refuse(arrival, 'cooldown', mustBeTold ? { message, text: `Please leave ${cooldownSeconds} s between messages.` } : undefined);
    }
    await this.#letIn(message, arrival, decision);
  }

  invited(invitation: Invitation): boolean {
    const { settings, allowlist, now } = this.#deps;
    return decideInvitation(invitation, { settings, allowlist: allowlist(), now: now() });
  }

  async #letIn(message: InboundMessage, arrival: Arrival, { trusted, named }: Extract<Decision, { outcome: 'let_in' }>): Promise<void> {
    const { settings, gateway, begun, store, bring } = this.#deps;
    const { driver, name, workspace, queue } = settings;
    const address = this.#addressOf(message);
    const user = userOf(driver, message);
    const shared = message.conversation.kind !== 'direct';
    const attached = await bring(message);
    const images = attached.flatMap(({ image }) => image ?? []);
    const input = {
      text: wordsOf(message, attached), workspace, userId: user, session: sessionOf(driver, message), timeoutSeconds: 0,
      // Into the agent's instructions goes nothing that strangers chose.
      context: { channel: name, user: trusted && message.sender?.name ? cleanName(message.sender.name) : user },
    };
    const entrusted: Entrusted = {
      duties: { deliver: address, ...(queue === 'steer' && { steers: true }) }, arrival, keepKeyMs: KNOWN_FOR_MS,
      ...(images.length > 0 && { images }),
      ...(shared && { shared: true }),
      ...(queue === 'collect' && { joins: true }),
      ...(!trusted && { source: { name: `Message of ${user} in a group of ${name}` } }),
    };
    try {
      const turn = await gateway.call(sendMessage, input, { caller: named ? this.#known : this.#stranger, idempotencyKey: keyOf(message), entrusted, origin: { surface: 'channel' } });
      begun(turn.turnId, address);
      if (queue === 'interrupt') await this.#interrupt(turn.sessionId, turn.turnId);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || PASSING.has(thrown.code)) throw thrown;
      // The same message by another way in between; it is in.
      if (thrown.code === 'idempotency_conflict' || (await store.weighArrival({ ...arrival, since: 0 })).seen) return;
      await this.#refuse(arrival, thrown.code, { message, text: `This did not work (${thrown.code}).` });
    }
  }

  /** What was asked before is not worth answering any more. Where this is cut off by a crash, both are answered. */
  async #interrupt(sessionId: string, turnId: string): Promise<void> {
    const { store, gateway } = this.#deps;
    for (const earlier of await store.unfinishedTurns(sessionId)) {
      if (earlier === turnId) return;
      await gateway.call(cancelTurn, { turn: earlier }, { caller: this.#known, unasked: true, origin: { surface: 'channel' } });
    }
  }

  async #pair(message: InboundMessage, arrival: Arrival): Promise<void> {
    const { settings: { name, driver, workspace }, store, now, log } = this.#deps;
    const at = now();
    const asked = await store.askToPair({
      channel: name, sender: userOf(driver, message), name: message.sender?.name && cleanName(message.sender.name), address: this.#addressOf(message), workspace,
      code: makePairingCode(), now: at, expiresAt: at + HOUR, most: PAIRINGS_AT_ONCE,
    });
    if (!asked?.isNew) return this.#refuse(arrival, asked ? 'pairing_pending' : 'too_many_pairings');
    log('info', `somebody unknown writes on ${name}: openclaw channels pair approve ${asked.code}`, { channel: name, sender: arrival.sender });
    await this.#refuse(arrival, 'pairing', {
      message, text: `I do not know you yet. If my owner knows you, they let you in within an hour with:\n\nopenclaw channels pair approve ${asked.code}`,
    });
  }

  /** What is told goes first: a message that comes again after a crash is told the same, once. */
  async #refuse(arrival: Arrival, reason: Reason, told?: { readonly message: InboundMessage; readonly text: string }): Promise<void> {
    const { store, settings, log, now, nudge } = this.#deps;
    const at = now();
    if (told) {
      await store.addSend({
        id: noticeOf(arrival), address: this.#addressOf(told.message), text: told.text, turnId: undefined, sessionKey: undefined, workspace: settings.workspace, now: at,
      });
    }
    await store.refuseArrival(arrival, reason, at);
    log('info', `a message on ${settings.name} was not let in`, { channel: settings.name, conversation: arrival.conversation, sender: arrival.sender, reason });
    if (told) nudge();
  }

  #arrivalOf(message: InboundMessage): Arrival {
    const { name, driver } = this.#deps.settings;
    return { channel: name, conversation: message.conversation.id, messageId: message.id, sender: message.sender && userOf(driver, message) };
  }

  #addressOf(message: InboundMessage): ReplyAddress {
    const { conversation, thread, id, sender } = message;
    const { name, driver } = this.#deps.settings;
    return { channel: name, to: conversation.id, ...(thread !== undefined && { thread }), inReplyTo: id, ...(sender && { by: userOf(driver, message) }) };
  }
}

/** Whoever comes in through a channel may write into its workspace, and nothing else. */
const strangerOf = ({ name, workspace }: ChannelSettings, revoked: AbortSignal): Caller => ({
  id: `channel:${name}`,
  label: `channel ${name}`,
  permissions: new Set(['messages:write']),
  workspaces: new Set([workspace]),
  limits: { requestsPerMinute: undefined },
  budget: undefined,
  revoked,
});

/** Whom the owner has named can also be reminded, and have looked up what was said: in their own conversation. */
const knownOf = (stranger: Caller): Caller => ({ ...stranger, permissions: new Set([...stranger.permissions, 'messages:read', 'cron:read', 'cron:write']), bound: true });

const noticeOf = ({ channel, conversation, messageId }: Arrival): string =>
  `send_n${createHash('sha256').update(JSON.stringify([channel, conversation, messageId])).digest('hex').slice(0, 24)}`;

const cleanName = (name: string): string => name.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().slice(0, 100).toWellFormed();
