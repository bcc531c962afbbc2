import { defineChannel } from '../../../engine/ports/channel.ts';
import { ircAdapter } from './irc-adapter.ts';
import { IrcSettings } from './settings.ts';

/** IRC: people by the account that the server says they are logged in to; by nick!user@host only where the owner says so. */
export const ircChannel = defineChannel({
  name: 'irc',
  senderId: /^[^\s!@*?,:#&+~][^\s!@*?,:]*(?:![^\s!@]+@[^\s!@]+)?$/,
  settings: IrcSettings,
  open: ircAdapter,
});
