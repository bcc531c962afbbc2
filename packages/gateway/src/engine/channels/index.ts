export type { ChannelSettings, GroupSettings } from './channel-settings.ts';
export { channelHandlers } from './channel-handlers.ts';
export { Channels } from './channels.ts';
export { sendAnswerFile } from './send-answer-file.ts';
