export type { ChannelSettings, GroupSettings } from './channel-settings.ts';
export { Channels } from './channels.ts';
