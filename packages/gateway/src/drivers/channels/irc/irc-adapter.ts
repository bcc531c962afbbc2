import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld } from '../../../engine/ports/channel.ts';
import { dial } from '../kit/dial.ts';
import { InOrder } from '../kit/in-order.ts';
import { orEnd } from '../kit/or-end.ts';
import { fold, type IrcLine, parseLine } from './irc-line.ts';
import { type LineSocket, lineSocket } from './line-socket.ts';
import { pace } from './pace.ts';
import { readMessage } from './read-message.ts';
import { registration } from './registration.ts';
import { ircSends, type IrcSends } from './sends.ts';
import type { IrcSettings } from './settings.ts';

const WELCOME_WITHIN_MS = 30_000;
const NICKSERV_WITHIN_MS = 5_000;
/** Channels it was put out of, and the nickname somebody else has, are tried for again. */
const UPKEEP_MS = 60_000;
const ASK_AFTER_MS = 45_000;
const SILENT_FOR_MS = 120_000;
/** So many messages wait to be stored before no more is read. */
const MOST_WAITING = 200;
/** A channel that does not let it in. */
const NOT_JOINED: ReadonlySet<string> = new Set(['403', '405', '471', '473', '474', '475', '476', '477', '489', '520']);
/** As one line in nearly every case; in other scripts than Latin it is two or three. */
const LONGEST_TEXT = 350;

/** One account on one IRC network. */
export const ircAdapter = (settings: IrcSettings, { log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const mayWrite = pace(closed.signal);
  const taking = new InOrder('irc', log);
  const channels = new Map(settings.join.map((entry) => [entry.split(' ')[0] ?? entry, entry]));
  const joined = new Set<string>();
  const welcomed = Promise.withResolvers<void>();
  const identified = Promise.withResolvers<void>();
  let nick: string | undefined;
  let socket: LineSocket | undefined;
  let sends: IrcSends | undefined;
  let heardAt = 0;
  let isUp = false;
  let isOver = false;
  let timers: NodeJS.Timeout[] = [];
  welcomed.promise.catch(() => {});

  const write = (line: string): void => socket?.write(line);
  const writePaced = (line: string): void => void mayWrite().then(() => write(line), () => {});
  const registering = registration(settings, write);

  const receive = (line: IrcLine, me: string, context: ChannelContext): void => {
    const message = readMessage(line, { nick: me, channels: [...channels.keys()], trustHostmasks: settings.trustHostmasks, now: Date.now });
    if (!message) return;
    taking.add(() => context.received(message), () => socket?.resume());
    if (taking.waiting >= MOST_WAITING) socket?.pause();
  };

  /** What the server says of this account's own state. */
  const heed = ({ command, source, parameters: [first = '', second = ''] }: IrcLine, me: string): void => {
    const isMine = source !== undefined && fold(source.nick) === fold(me);
    if (command === 'NICK' && isMine) nick = first;
    if (command === 'JOIN' && isMine) joined.add(fold(first));
    if ((command === 'PART' && isMine) || (command === 'KICK' && fold(second) === fold(me))) joined.delete(fold(first));
    if (command === '900' || (command === 'NOTICE' && fold(source?.nick ?? '') === 'nickserv')) identified.resolve();
    if (NOT_JOINED.has(command)) log('warn', `the IRC channel ${second} does not let the agent in; it is tried again`, { channel: 'irc', reason: command });
  };

  const register = (line: IrcLine): void => {
    try {
      nick = registering.hear(line);
      if (nick !== undefined) welcomed.resolve();
    } catch (thrown) {
      welcomed.reject(thrown);
    }
  };

  const hear = (raw: string, context: ChannelContext): void => {
    heardAt = performance.now();
    const line = parseLine(raw);
    if (!line) return;
    if (line.command === 'PING') return write(`PONG :${line.parameters.at(-1) ?? ''}`);
    if (nick === undefined) return register(line);
    sends?.hear(line);
    heed(line, nick);
    receive(line, nick, context);
  };

  const upkeep = (): void => {
    for (const [channel, entry] of channels) if (!joined.has(fold(channel))) writePaced(`JOIN ${entry}`);
    if (nick !== undefined && fold(nick) !== fold(settings.nick)) writePaced(`NICK ${settings.nick}`);
  };

  const watch = (lost: (reason: string) => void): void => {
    const silent = performance.now() - heardAt;
    if (silent > SILENT_FOR_MS) lost('the server fell silent');
    else if (silent > ASK_AFTER_MS) write(`PING :${randomUUID()}`);
  };

  const end = async (): Promise<void> => {
    closed.abort();
    for (const timer of timers) clearInterval(timer);
    timers = [];
    sends?.lost();
    socket?.end('QUIT :Bye');
    await taking.stop();
    if (taking.waiting > 0 && !isOver) log('warn', `${taking.waiting} messages of IRC had come and could not be stored; IRC does not tell them again`, { channel: 'irc' });
    isOver = true;
  };

  const open = async (context: ChannelContext): Promise<void> => {
    const { server: host, tls, caFile, port = tls ? 6697 : 6667, nickServPassword } = settings;
    const lost = (reason: string): void => {
      const failure = new ChannelFailure('passing', `IRC: ${reason}`);
      welcomed.reject(failure);
      if (closed.signal.aborted) return;
      if (isUp) context.disconnected(failure);
      void end();
    };
    const dialled = await dial({ host, port, tls, caFile }, closed.signal);
    socket = lineSocket(dialled, { line: (line) => hear(line, context), closed: lost });
    const late = setTimeout(() => welcomed.reject(new ChannelFailure('passing', 'IRC: no welcome in time')), WELCOME_WITHIN_MS);
    registering.begin();
    await welcomed.promise.finally(() => clearTimeout(late));
    sends = ircSends({ write, mayWrite, nick: () => nick ?? settings.nick });
    if (nickServPassword !== undefined) {
      write(`PRIVMSG NickServ :IDENTIFY ${nickServPassword}`);
      await Promise.race([identified.promise, sleep(NICKSERV_WITHIN_MS, undefined, { signal: closed.signal, ref: false }).catch(() => {})]);
    }
    if (closed.signal.aborted) throw new ChannelFailure('passing', 'IRC: the connection was lost at once');
    isUp = true;
    context.connected();
    upkeep();
    timers = [setInterval(upkeep, UPKEEP_MS), setInterval(() => watch(lost), ASK_AFTER_MS / 3)];
  };

  return {
    capabilities: { longestText: LONGEST_TEXT, edit: false },
    connect: (context) => orEnd(() => open(context), end),
    disconnect: end,
    send: async ({ address: { to }, text }) => {
      if (!sends || closed.signal.aborted) throw new ChannelFailure('passing', 'IRC is not connected');
      return sends.send(to, text);
    },
  };
};
