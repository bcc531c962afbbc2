import { defineChannel } from '../../../engine/ports/channel.ts';
import { emailAdapter } from './email-adapter.ts';
import { EmailSettings } from './settings.ts';

/** Mail: people by their addresses, where the mail server vouches for them. */
export const emailChannel = defineChannel({
  name: 'email',
  senderId: /^[^\s<>()[\]\\,;:"@A-Z]+@[^\s<>()[\]\\,;:"@A-Z]+$/,
  settings: EmailSettings,
  open: emailAdapter,
});
