import { createHash } from 'node:crypto';
import { GatewayError } from '@openclaw/contract';
import type { ChannelStore } from '../../ports/channel-store.ts';
import type { AnswerFile } from '../../ports/tool.ts';
import type { ReplyAddress } from '../../ports/turn-records.ts';
import type { Channels } from '../channels.ts';
import { checkFiles } from './outgoing-files.ts';

interface Deps {
  readonly store: Pick<ChannelStore, 'addSend'>;
  readonly channels: Pick<Channels, 'get' | 'nudge'>;
  readonly now: () => number;
}

interface Sending extends AnswerFile {
  /** Where the answer of the turn goes. */
  readonly address: ReplyAddress;
  readonly turnId: string;
  /** The call that sends it: made again, it is the same send. */
  readonly callId: string;
  readonly sessionKey: string;
  readonly workspace: string;
}

/** Puts what an agent sends with its answer into the outbox; rejects, in words for the agent, where it would never arrive. */
export const sendAnswerFile = async ({ store, channels, now }: Deps, { name, type, content, caption, address, turnId, callId, sessionKey, workspace }: Sending): Promise<void> => {
  const channel = channels.get(address.channel);
  if (!channel) throw new GatewayError('channel_not_found', `There is no channel ${address.channel}`, { channel: address.channel });
  const file = { name, type, bytes: content.length };
  await checkFiles(channel, [file]);
  await store.addSend({
    id: `send_f${createHash('sha256').update(JSON.stringify([turnId, callId])).digest('hex').slice(0, 24)}`,
    address, text: caption ?? '', files: [{ ...file, content: Buffer.from(content).toString('base64') }], turnId, sessionKey, workspace, now: now(),
  });
  channels.nudge();
};
