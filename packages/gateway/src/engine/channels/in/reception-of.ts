import type { ChannelAdapter } from '../../ports/channel.ts';
import type { ChannelDeps } from '../channel-deps.ts';
import { Reception, type ReceptionDeps } from './reception.ts';

interface Ends {
  /** Ends what is still brought for a message: it comes again. */
  readonly over: AbortSignal;
  readonly revoked: AbortSignal;
}

/** Who takes in what one adapter hears. */
export const receptionOf = (deps: ChannelDeps, adapter: ChannelAdapter, { over, revoked, ...told }: Ends & Pick<ReceptionDeps, 'begun' | 'nudge'>): Reception => {
  const { settings, store, gateway, allowlist, attachments, log, now } = deps;
  const { name: channel, workspace, largestAttachment: mostBytes } = settings;
  return new Reception({
    ...told, settings, store, gateway, allowlist, log, now, revoked, capabilities: () => adapter.capabilities,
    bring: (message) => attachments.bring(message, { channel, workspace, mostBytes, signal: over }),
  });
};
