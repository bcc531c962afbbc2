import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { IrcLine } from './irc-line.ts';
import type { IrcSettings } from './settings.ts';

/** Who somebody is logged in as, when a line was written, and what it is called. */
const WANTED = ['account-tag', 'message-tags', 'server-time'];
/** The wire's own limit for a piece of what AUTHENTICATE carries; a piece of exactly this length is followed by another. */
const PIECE = 400;
const OTHER_NICKS = 4;
const TAKEN: ReadonlySet<string> = new Set(['433', '436', '437']);

const NOT_THE_ACCOUNT = 'channels.irc.sasl: the account or its password is not accepted';
const REFUSED: Readonly<Record<string, string>> = {
  432: 'channels.irc.nick: the server does not allow this nickname',
  464: 'channels.irc.password: the server does not accept it, or wants one',
  465: 'the server has banned this account or address',
  902: NOT_THE_ACCOUNT, 904: NOT_THE_ACCOUNT, 905: NOT_THE_ACCOUNT, 906: NOT_THE_ACCOUNT, 908: NOT_THE_ACCOUNT,
};

export interface Registration {
  begin(): void;
  /** The nickname it has, once the server has welcomed it. Throws a `ChannelFailure` where there is no way in. */
  hear(line: IrcLine): string | undefined;
}

/** From the first line to the welcome: capabilities, the account, a nickname that is free. */
export const registration = ({ nick, username, realName, password, sasl }: IrcSettings, write: (line: string) => void): Registration => {
  const offered = new Set<string>();
  let [tries, loggedIn] = [0, false];

  const needsAccount = (why: string): void => {
    if (sasl && !loggedIn) throw new ChannelFailure('permanent', `channels.irc.sasl: ${why}`);
  };
  const ask = (): void => {
    if (!offered.has('sasl')) needsAccount('the server has no SASL; nickServPassword is the other way');
    const wanted = [...WANTED, ...(sasl ? ['sasl'] : [])].filter((name) => offered.has(name));
    write(wanted.length > 0 ? `CAP REQ :${wanted.join(' ')}` : 'CAP END');
  };
  const hearCapabilities = ([, verb, ...rest]: readonly string[]): void => {
    const named = (rest.at(-1) ?? '').split(' ').filter((name) => name !== '');
    if (verb === 'LS') {
      for (const name of named) offered.add(name.split('=')[0] ?? name);
      if (rest[0] !== '*' || rest.length === 1) ask();
    }
    if (verb === 'ACK') write(named.includes('sasl') ? 'AUTHENTICATE PLAIN' : 'CAP END');
    if (verb === 'NAK') {
      needsAccount('the server refused to speak SASL');
      write('CAP END');
    }
  };
  const authenticate = (): void => {
    if (!sasl) return;
    const word = Buffer.from(`\0${sasl.account}\0${sasl.password}`).toString('base64');
    for (let at = 0; at <= word.length; at += PIECE) write(`AUTHENTICATE ${word.slice(at, at + PIECE) || '+'}`);
  };

  const ended = (why: string): ChannelFailure => {
    const shown = [password, sasl?.password].reduce<string>((text, secret) => (secret === undefined ? text : text.replaceAll(secret, '[password]')), why);
    return new ChannelFailure(/password|banned|denied|k-?line/i.test(why) ? 'permanent' : 'passing', `the server ended the connection before it began: ${shown}`);
  };

  return {
    begin: () => {
      write('CAP LS 302');
      if (password !== undefined) write(`PASS :${password}`);
      write(`NICK ${nick}`);
      write(`USER ${username} 0 * :${realName}`);
    },
    hear: ({ command, parameters }) => {
      if (command === '001') {
        needsAccount('the server let it in without asking for the account');
        return parameters[0] ?? nick;
      }
      if (command === 'CAP') hearCapabilities(parameters);
      else if (command === 'AUTHENTICATE') authenticate();
      else if (command === '903' || command === '907') {
        loggedIn = true;
        write('CAP END');
      } else if (TAKEN.has(command)) {
        if (++tries > OTHER_NICKS) throw new ChannelFailure('passing', `the nickname ${nick} is in use, and others like it`);
        write(`NICK ${nick}${'_'.repeat(tries)}`);
      } else if (command === 'ERROR') throw ended(parameters[0] ?? '');
      const forGood = REFUSED[command];
      if (forGood !== undefined) throw new ChannelFailure('permanent', `${forGood} (${command})`);
      return undefined;
    },
  };
};
