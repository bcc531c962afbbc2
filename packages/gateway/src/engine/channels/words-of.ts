import type { Attachment, InboundMessage } from '../ports/channel.ts';
import { idOf } from './session-of.ts';

/** As much of one message as the agent is shown. */
const LONGEST = 100_000;

/** A message as the agent reads it: in a group with who says it, and with what came along. */
export const wordsOf = ({ text, sender, conversation, attachments }: InboundMessage): string => {
  const said = clean(text).slice(0, LONGEST).toWellFormed();
  const who = conversation.kind === 'direct' || !sender ? '' : `[${clean(sender.name ?? '').replaceAll(/[\s[\]]+/g, ' ').trim() || 'somebody'}, ${idOf(sender)}] `;
  const words = [`${who}${said}`.trim(), ...attachments.slice(0, 20).map(worded)].filter((line) => line !== '').join('\n');
  return /[^\p{White_Space}\p{Cf}\p{Cc}]/u.test(words) ? words : '[A message without words]';
};

const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

const worded = ({ kind, name, type, bytes }: Attachment): string =>
  `[Attached, and not looked at: ${[kind, name && clean(name).replaceAll(/[\s[\]]+/g, ' ').slice(0, 100).toWellFormed(), type && clean(type).slice(0, 100), bytes !== undefined && `${Math.ceil(bytes / 1024)} kB`].filter(Boolean).join(', ')}]`;
