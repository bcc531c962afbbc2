import type { ChannelSettings } from '../../../engine/channels/index.ts';
import type { Config } from '../schema.ts';

/** One account of a channel; what a channel of the owner's own making and a ready one differ in is left open. */
export interface ConfiguredChannel extends Omit<ChannelSettings, 'dmPolicy'> {
  readonly dmPolicy: ChannelSettings['dmPolicy'] | undefined;
}

type Section = NonNullable<NonNullable<Config['channels']>[string]['accounts']>[string];

/** Long enough for a night without power; what is older was meant for another day. */
const STALE_AFTER_SECONDS = 12 * 3_600;
const ATTACHMENT_MB = 20;
const MEGABYTE = 1024 * 1024;

/** Where a channel has accounts, each is a channel of its own, and what stands beside them holds for all. The account `default` has the plain name. */
export const channelsFrom = ({ channels = {}, messages = {} }: Config): readonly ConfiguredChannel[] =>
  Object.entries(channels).flatMap(([driver, section]) => {
    const { accounts } = section;
    const common: Section = { ...section, accounts: undefined };
    if (section.enabled === false) return [];
    if (accounts === undefined) return [channelFrom(driver, driver, common, messages)];
    return Object.entries(accounts).flatMap(([account, own]) => {
      if (own.enabled === false) return [];
      return [channelFrom(account === 'default' ? driver : `${driver}/${account}`, driver, { ...common, ...own }, messages)];
    });
  });

const channelFrom = (name: string, driver: string, section: Section, messages: NonNullable<Config['messages']>): ConfiguredChannel => ({
  name,
  driver,
  workspace: section.workspace ?? 'main',
  dmPolicy: section.dmPolicy === 'disabled' ? 'off' : section.dmPolicy,
  allowFrom: (section.allowFrom ?? []).map(String),
  groupPolicy: section.groupPolicy === 'disabled' ? 'off' : (section.groupPolicy ?? 'allowlist'),
  groups: Object.fromEntries(
    Object.entries(section.groups ?? {}).map(([id, { requireMention, allowFrom }]) => [id, { requireMention, allowFrom: allowFrom?.map(String) }]),
  ),
  requireMention: section.requireMention ?? true,
  maxMessagesPerHour: section.max_messages_per_hour,
  cooldownSeconds: section.cooldown_seconds,
  staleAfterSeconds: section.staleAfterSeconds ?? STALE_AFTER_SECONDS,
  delivery: section.delivery ?? 'at-least-once',
  streaming: section.streaming ?? false,
  queue: section.queue ?? messages.queue ?? 'followup',
  largestAttachment: Math.floor((messages.attachments?.maxMegabytes ?? ATTACHMENT_MB) * MEGABYTE),
  section,
});
