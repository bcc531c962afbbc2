import { randomUUID } from 'node:crypto';
import { ChannelFailure, type SentMessage } from '../../../engine/ports/channel.ts';
import { fold, type IrcLine } from './irc-line.ts';
import { splitText } from './split-text.ts';

const CONFIRMED_WITHIN_MS = 60_000;
/** Of a whole line on the wire, 512 bytes with its end: what the server puts in front of it for those who read it. */
const LONGEST_LINE = 510;
const LONGEST_USER_AND_HOST = '!~0123456789@'.length + 63;
/** Nobody there, or nobody may write there. */
const REFUSED: ReadonlySet<string> = new Set(['401', '402', '403', '404', '407', '408', '411', '412', '415', '477', '489', '486', '531', '716', '974']);
/** Too much, too soon. */
const LIMITED: ReadonlySet<string> = new Set(['263', '439', '707']);
const LIMIT_PAUSE_S = 30;
const TARGET = /^[^\s,:\0\x07][^\s,\0\x07]{0,200}$/;

interface Wire {
  readonly write: (line: string) => void;
  readonly mayWrite: () => Promise<void>;
  readonly nick: () => string;
}

export interface IrcSends {
  send(to: string, text: string): Promise<SentMessage>;
  hear(line: IrcLine): void;
  /** The connection is gone. */
  lost(): void;
}

interface UnderWay {
  readonly token: string;
  readonly target: string;
  readonly refusals: IrcLine[];
  readonly confirmed: PromiseWithResolvers<boolean>;
}

/**
 * Messages out, one after the other. IRC acknowledges none; but a server does what it is told in order, so the answer to a PING that follows
 * says that it has seen what went before, and that whatever was wrong with it has been said.
 */
export const ircSends = ({ write, mayWrite, nick }: Wire): IrcSends => {
  let underWay: UnderWay | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let over = false;

  const send = async (to: string, text: string): Promise<SentMessage> => {
    if (!TARGET.test(to)) throw new ChannelFailure('permanent', 'IRC: that is neither a nickname nor a channel');
    const lines = splitText(text, LONGEST_LINE - `:${nick()} PRIVMSG ${to} :`.length - LONGEST_USER_AND_HOST);
    if (lines.length === 0) throw new ChannelFailure('permanent', 'IRC: it says nothing');
    const now: UnderWay = { token: randomUUID(), target: fold(to), refusals: [], confirmed: Promise.withResolvers() };
    let written = 0;
    const step = async (line: string): Promise<void> => {
      await mayWrite().catch(() => {});
      if (over) throw new ChannelFailure(written > 0 ? 'unknown' : 'passing', 'IRC: the connection was lost');
      write(line);
      written++;
    };
    underWay = now;
    for (const line of lines) await step(`PRIVMSG ${to} :${line}`);
    await step(`PING :${now.token}`);
    const late = setTimeout(() => now.confirmed.resolve(false), CONFIRMED_WITHIN_MS);
    const confirmed = await now.confirmed.promise.finally(() => clearTimeout(late));
    if (!confirmed) throw new ChannelFailure('unknown', 'IRC: the connection was lost before the server had said that it took the message');
    const [refusal] = now.refusals;
    if (refusal) throw failureOf(refusal, now.refusals.length < lines.length);
    return { externalId: now.token };
  };

  return {
    send: (to, text) => {
      const sent = last.then(() => send(to, text)).finally(() => (underWay = undefined));
      last = sent.catch(() => {});
      return sent;
    },
    hear: (line) => {
      if (!underWay) return;
      const { command, parameters } = line;
      if (command === 'PONG' && parameters.at(-1) === underWay.token) underWay.confirmed.resolve(true);
      else if ((REFUSED.has(command) && fold(parameters[1] ?? '') === underWay.target) || command === '412' || LIMITED.has(command)) underWay.refusals.push(line);
    },
    lost: () => {
      over = true;
      underWay?.confirmed.resolve(false);
    },
  };
};

/** What of several lines only some were refused, somebody has read in part. */
const failureOf = ({ command, parameters }: IrcLine, inPart: boolean): ChannelFailure => {
  const said = parameters.at(-1) ?? '';
  if (inPart) return new ChannelFailure('unknown', `IRC: the server took a part of it only: ${said} (${command})`);
  if (!LIMITED.has(command)) return new ChannelFailure('permanent', `IRC: the server did not take it: ${said} (${command})`);
  return new ChannelFailure('passing', `IRC: the server wants less: ${said} (${command})`, { retryAfterMs: Number(/(\d{1,4}) sec/.exec(said)?.[1] ?? LIMIT_PAUSE_S) * 1_000 });
};
