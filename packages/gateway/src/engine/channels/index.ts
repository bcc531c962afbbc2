export type { ChannelSettings, GroupSettings } from './channel-settings.ts';
export { channelHandlers } from './channel-handlers.ts';
export { isStillNamed } from './in/decide.ts';
export { Channels } from './channels.ts';
export { sendAnswerFile } from './out/send-answer-file.ts';
