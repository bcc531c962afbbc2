import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type approvePairing, type ChannelSummary, type channelStatus, type denyPairing, GatewayError, type InputOf, type listChannels, type listPairings, type listSends, type PairingRequest,
  type Send, type sendToChannel, type testChannel,
} from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { mediaTypeOf } from '../../kernel/media-type.ts';
import { type Caller, mayEnter, requireEntry, visibleWorkspaces } from '../access/index.ts';
import type { Handler, HandlerContext } from '../gateway.ts';
import type { ChannelStore, NewSend, NewSendFile, Pairing, SendRecord } from '../ports/channel-store.ts';
import type { ReplyAddress } from '../ports/turn-records.ts';
import type { Channels } from './channels.ts';
import { checkFiles } from './out/outgoing-files.ts';

const DAY = 86_400_000;
const LOOK_EVERY_MS = 100;
const TEST = 'This is a test message of your OpenClaw gateway.';

interface Deps {
  readonly store: ChannelStore;
  readonly channels: Pick<Channels, 'all' | 'get' | 'nudge'>;
  /** Puts somebody on the allowlist of a workspace. */
  readonly allow: (workspace: string, sender: string, context: HandlerContext) => Promise<unknown>;
  readonly now: () => number;
}

type Wish = Pick<NewSend, 'address' | 'text' | 'files'>;
type Known = NonNullable<ReturnType<Deps['channels']['get']>>;

const missing = (channel: string): GatewayError => new GatewayError('channel_not_found', `There is no channel ${channel}`, { channel });
const noPairing = (code: string): GatewayError => new GatewayError('pairing_not_found', `Nobody waits with the code ${code}; a code holds for an hour`, { code });

/** What can be done with channels, behind the door. Each belongs to a workspace: whoever may not enter that knows nothing of it. */
export const channelHandlers = ({ store, channels, allow, now }: Deps) => {
  const find = (name: string, caller: Caller): Known => {
    const channel = channels.get(name);
    if (!channel) throw missing(name);
    requireEntry(caller, channel.settings.workspace, () => missing(name));
    return channel;
  };

  const list: Handler<typeof listChannels> = async (_, { caller }) => ({
    channels: channels.all().filter(({ settings }) => mayEnter(caller, settings.workspace)).map(toSummary).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });

  const status: Handler<typeof channelStatus> = async ({ channel: name }, { caller }) => {
    const channel = find(name, caller);
    const at = now();
    const [waiting, refused, pairings] = await Promise.all([store.countOpenSends(name), store.refusals(name, at - DAY), store.listPairings([channel.settings.workspace], at)]);
    return {
      ...toSummary(channel),
      waiting,
      refused: refused.map(({ lastAt, ...one }) => ({ ...one, lastAt: iso(lastAt) })),
      pairings: pairings.filter((pairing) => pairing.channel === name).length,
    };
  };

  /** Into the outbox, and then a look at what comes of it for as long as the caller waits. */
  const put = async ({ address, text, files = [] }: Wish, { caller, once, signal }: HandlerContext, timeoutSeconds: number): Promise<Send> => {
    const channel = find(address.channel, caller);
    const { settings } = channel;
    await checkFiles(channel, files);
    const at = now();
    const id = once ? `send_${createHash('sha256').update(`${once.scope}\n${once.key}`).digest('hex').slice(0, 24)}` : newId('send', at);
    await store.addSend({ id, address, text, files, turnId: undefined, sessionKey: undefined, workspace: settings.workspace, now: at });
    channels.nudge();
    const deadline = performance.now() + timeoutSeconds * 1_000;
    for (;;) {
      const send = await store.findSend(id);
      if (!send) throw missing(address.channel);
      if (isOver(send) || performance.now() >= deadline || signal.aborted) return toSendView(send);
      await sleep(LOOK_EVERY_MS);
    }
  };

  const send: Handler<typeof sendToChannel> = ({ channel, to, thread, text, files, timeoutSeconds }, context) =>
    put({ address: addressOf(channel, to, thread), text, files: files.map(toNewFile) }, context, timeoutSeconds);

  const test: Handler<typeof testChannel> = ({ channel, to, thread, timeoutSeconds }, context) => put({ address: addressOf(channel, to, thread), text: TEST }, context, timeoutSeconds);

  const sends: Handler<typeof listSends> = async ({ channel, states, ambiguous, limit, offset }, { caller }) => {
    const found = await store.listSends({ channel, states, doubtful: ambiguous, workspaces: visibleWorkspaces(caller), limit, offset });
    return { sends: found.sends.map(toSendView), total: found.total, limit, offset };
  };

  const pairings: Handler<typeof listPairings> = async (_, { caller }) => ({ pairings: (await store.listPairings(visibleWorkspaces(caller), now())).map(toRequest) });

  const approve: Handler<typeof approvePairing> = async ({ code }, context) => {
    const at = now();
    const pairing = (await store.listPairings(visibleWorkspaces(context.caller), at)).find((one) => one.code === code);
    if (!pairing) throw noPairing(code);
    // On the list first: who does this twice has done it once.
    await allow(pairing.workspace, pairing.sender, context);
    await store.takePairing(code, [pairing.workspace], at);
    await store.addSend({
      id: `send_pairing_${code}_${pairing.createdAt}`, address: pairing.address, text: 'You are known now. What can I do for you?', turnId: undefined, sessionKey: undefined, workspace: pairing.workspace, now: at,
    });
    channels.nudge();
    return toRequest(pairing);
  };

  const deny: Handler<typeof denyPairing> = async ({ code }, { caller }) => {
    const pairing = await store.takePairing(code, visibleWorkspaces(caller), now());
    if (!pairing) throw noPairing(code);
    return toRequest(pairing);
  };

  return { list, status, send, test, sends, pairings, approve, deny };
};

const toNewFile = ({ name, type = mediaTypeOf(name), data }: InputOf<typeof sendToChannel>['files'][number]): NewSendFile => ({
  name, type, bytes: Buffer.from(data, 'base64').length, content: data,
});

const iso = (at: number): string => new Date(at).toISOString();

const addressOf = (channel: string, to: string, thread: string | undefined): ReplyAddress => ({ channel, to, ...(thread !== undefined && { thread }) });

const isOver = ({ state }: SendRecord): boolean => state === 'sent' || state === 'failed' || state === 'ambiguous';

const toSummary = ({ settings, shown }: Omit<Known, 'capabilities'>): ChannelSummary => ({
  name: settings.name,
  driver: settings.driver,
  workspace: settings.workspace,
  state: shown.state,
  error: shown.error ?? null,
  since: iso(shown.since),
  dmPolicy: settings.dmPolicy,
  groupPolicy: settings.groupPolicy,
});

const toSendView = ({ id, address, text, files, state, attempts, doubts, externalIds, error, turnId, createdAt, updatedAt }: SendRecord): Send => ({
  id, channel: address.channel, to: address.to, thread: address.thread ?? null, text, files: [...files], state, attempts, doubts, externalIds: [...externalIds],
  error: error ?? null, turnId: turnId ?? null, createdAt: iso(createdAt), updatedAt: iso(updatedAt),
});

const toRequest = ({ code, channel, sender, name, workspace, createdAt, expiresAt }: Pairing): PairingRequest => ({
  code, channel, sender, name: name ?? null, workspace, createdAt: iso(createdAt), expiresAt: iso(expiresAt),
});
