import { randomUUID } from 'node:crypto';
import type { InboundMessage } from '../../../engine/ports/channel.ts';
import { fold, type IrcLine } from './irc-line.ts';
import { withoutControls } from './split-text.ts';

/** What an account may be called, so that none can look like a hostmask, a channel or a pattern. */
const ACCOUNT = /^[^\s!@*?,:#&+~][^\s!@*?,:]*$/;
const GROUP = /^[#&+!]/;
const ACTION = /^\x01ACTION (.*?)\x01?$/s;

export interface Reader {
  readonly nick: string;
  /** Channels as the configuration spells them. */
  readonly channels: readonly string[];
  readonly trustHostmasks: boolean;
  readonly now: () => number;
}

/** What somebody wrote; undefined for all else that a server tells. */
export const readMessage = ({ command, source, parameters: [target, body], tags }: IrcLine, { nick, channels, trustHostmasks, now }: Reader): InboundMessage | undefined => {
  // A notice is never answered: it is how programs say what needs no answer.
  if (command !== 'PRIVMSG' || source?.user === undefined || source.host === undefined || target === undefined || body === undefined) return undefined;
  if (fold(source.nick) === fold(nick)) return undefined;
  const acted = ACTION.exec(body)?.[1];
  if (body.startsWith('\x01') && acted === undefined) return undefined;
  const said = withoutControls(acted ?? body).trim();
  if (said === '') return undefined;
  const isGroup = GROUP.test(target);
  const isDirect = fold(target) === fold(nick);
  return {
    // Servers without this name no message, and tell none twice.
    id: tags.get('msgid') || randomUUID(),
    conversation: isGroup
      ? { id: channels.find((channel) => fold(channel) === fold(target)) ?? fold(target), kind: 'group', title: target }
      : { id: isDirect ? source.nick : target, kind: isDirect ? 'direct' : 'unknown' },
    sender: { ...identityOf(tags.get('account'), `${source.nick}!${source.user}@${source.host}`, trustHostmasks), name: source.nick },
    text: acted === undefined ? said : `* ${source.nick} ${said}`,
    attachments: [],
    mentionsMe: isDirect || addresses(said, nick),
    at: timeOf(tags.get('time')) ?? now(),
  };
};

/** An account is somebody's for good. A nickname is whoever's comes first, and most hosts are shared or made up. */
const identityOf = (account: string | undefined, hostmask: string, trustHostmasks: boolean): { readonly id: string; readonly claimed?: true } => {
  if (account !== undefined && ACCOUNT.test(account)) return { id: account };
  const id = hostmask.toLowerCase();
  return trustHostmasks ? { id } : { id, claimed: true };
};

const NICK_CHARACTER = /[\w{}|^`-]/;

/** `claw: …`, `claw …`, `… @claw …`; not `I like claw`. */
const addresses = (said: string, nick: string): boolean => {
  const [text, name] = [fold(said), fold(nick)];
  const isNamedAt = (at: number): boolean => text.startsWith(name, at) && !NICK_CHARACTER.test(text.charAt(at + name.length));
  return isNamedAt(0) || [...text.matchAll(/(?<!\S)@/g)].some(({ index }) => isNamedAt(index + 1));
};

const timeOf = (time: string | undefined): number | undefined => {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? undefined : at;
};
