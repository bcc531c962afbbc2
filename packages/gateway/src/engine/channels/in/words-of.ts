import type { InboundMessage } from '../../ports/channel.ts';
import type { Attached } from './attachments.ts';
import { idOf } from './session-of.ts';

/** As much of one message as the agent is shown. */
const LONGEST = 100_000;
const MOST_NAMED = 20;

/** A message as the agent reads it: in a group with who says it, and with what came along. */
export const wordsOf = ({ text, sender, conversation }: InboundMessage, attached: readonly Attached[]): string => {
  const said = clean(text).slice(0, LONGEST).toWellFormed();
  const who = conversation.kind === 'direct' || !sender ? '' : `[${bare(sender.name ?? '').trim() || 'somebody'}, ${idOf(sender)}] `;
  const words = [`${who}${said}`.trim(), ...attached.slice(0, MOST_NAMED).map(worded)].filter((line) => line !== '').join('\n');
  return /[^\p{White_Space}\p{Cf}\p{Cc}]/u.test(words) ? words : '[A message without words]';
};

const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** Nothing in it ends the brackets around it. */
const bare = (text: string): string => clean(text).replaceAll(/[\s[\]]+/g, ' ');
const cut = (text: string, longest: number): string => bare(text).slice(0, longest).toWellFormed();

const worded = ({ kind, name, type, bytes, path, because }: Attached): string => {
  const what = [kind, name && cut(name, 100), type && cut(type, 100), bytes !== undefined && `${Math.ceil(bytes / 1024)} kB`].filter(Boolean).join(', ');
  if (path !== undefined) return `[Attached: ${what}, kept as ${path}]`;
  return because === undefined ? `[Attached, and not looked at: ${what}]` : `[Attached, and not kept: ${what}, because ${cut(because, 200)}]`;
};
