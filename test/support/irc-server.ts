/**
 * A local IRC server, as far as one client needs one: registration with capabilities and SASL, tags, channels, messages, and what may go wrong.
 * Others who write are made up by the test: no second connection is needed.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { holding } from './vendor-server.ts';

export interface IrcServerOptions {
  /** What it offers; `[]` is a server that knows of no capabilities. */
  readonly capabilities?: readonly string[];
  readonly password?: string;
  readonly accounts?: Readonly<Record<string, string>>;
  readonly nicksInUse?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface Said {
  readonly text: string;
  readonly to?: string;
  readonly nick?: string;
  readonly user?: string;
  readonly host?: string;
  readonly account?: string;
  readonly id?: string;
  readonly at?: number;
  readonly command?: 'PRIVMSG' | 'NOTICE';
}

/** What becomes of the next message: an answer with this number, or none and the end of the connection after it was taken. */
export type IrcMishap = { readonly number: string; readonly says: string } | 'cut';

export interface IrcServer extends AsyncDisposable {
  readonly port: number;
  /** Every line a client wrote, in order. */
  readonly lines: readonly { readonly line: string; readonly at: number }[];
  /** What was written to somebody, a line each. */
  texts(to: string): readonly string[];
  /** The id of the message. Nobody hears it where nobody is connected. */
  says(said: Said): string;
  /** Puts a line in as it is. */
  tells(line: string): void;
  befalls(...mishaps: readonly IrcMishap[]): void;
  cut(): void;
  /** Says nothing more, not even to a PING. */
  fallSilent(): void;
  readonly joined: ReadonlySet<string>;
  readonly nick: string | undefined;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

const ALL = ['message-tags', 'server-time', 'account-tag', 'sasl=PLAIN,EXTERNAL'];

export const startIrcServer = async ({ capabilities = ALL, password, accounts = {}, nicksInUse = [], tls }: IrcServerOptions = {}): Promise<IrcServer> => {
  const lines: { line: string; at: number }[] = [];
  const messages: { to: string; text: string }[] = [];
  const mishaps: IrcMishap[] = [];
  const joined = new Set<string>();
  const sockets = new Set<Socket>();
  let current: Socket | undefined;
  let nick: string | undefined;
  let silent = false;

  const serve = (socket: Socket): void => {
    let [rest, wanted, user, passed, negotiating, granted, word] = ['', '', false, password === undefined, false, new Set<string>(), ''];
    const write = (line: string): void => {
      if (!silent && !socket.destroyed) socket.write(`${line}\r\n`);
    };
    const number = (code: string, parameters: string): void => write(`:irc.test ${code} ${wanted || '*'} ${parameters}`);
    const welcome = (): void => {
      if (!user || wanted === '' || negotiating || nick !== undefined) return;
      if (!passed) {
        number('464', ':Password incorrect');
        return void socket.end('ERROR :Closing link\r\n');
      }
      [nick, current] = [wanted, socket];
      number('001', ':Welcome to the test');
      number('376', ':End of /MOTD command.');
    };
    const capability = (verb: string, names: string): void => {
      negotiating = verb !== 'END';
      if (capabilities.length === 0) number('421', 'CAP :Unknown command');
      // In two lines, as servers with many do it.
      else if (verb === 'LS') {
        write(`:irc.test CAP * LS * :${capabilities[0]}`);
        write(`:irc.test CAP * LS :${capabilities.slice(1).join(' ')}`);
      } else if (verb === 'REQ') {
        granted = new Set(names.split(' '));
        write(`:irc.test CAP * ACK :${names}`);
      }
      if (capabilities.length === 0) negotiating = false;
      welcome();
    };
    const authenticate = (piece: string): void => {
      if (piece === 'PLAIN') return write('AUTHENTICATE +');
      word += piece === '+' ? '' : piece;
      if (piece.length === 400) return;
      const [, account = '', secret] = Buffer.from(word, 'base64').toString().split('\0');
      word = '';
      if (accounts[account] !== secret || secret === undefined) return number('904', ':SASL authentication failed');
      number('900', `${wanted}!u@h ${account} :You are now logged in as ${account}`);
      number('903', ':SASL authentication successful');
    };
    const message = (to: string, text: string): void => {
      const mishap = mishaps.shift();
      if (mishap && mishap !== 'cut') return number(mishap.number, `${to} :${mishap.says}`);
      messages.push({ to, text });
      if (to === 'NickServ') write(`:NickServ!services@services NOTICE ${wanted} :You are now identified`);
      if (mishap === 'cut') socket.destroy();
    };
    const join = (name: string): void => {
      joined.add(name);
      write(`:${wanted}!u@h JOIN ${name}`);
    };
    const hear = (line: string): void => {
      lines.push({ line, at: performance.now() });
      const [head = '', ...trailing] = line.split(' :');
      const [command = '', first = '', second = ''] = head.split(' ');
      const tail = trailing.join(' :');
      switch (command) {
        case 'CAP': return capability(first, tail || second);
        case 'PASS': return void (passed = (tail || first) === password);
        case 'USER':
          user = true;
          return welcome();
        case 'NICK':
          if (nicksInUse.includes(first)) return number('433', `${first} :Nickname is already in use`);
          if (nick !== undefined) write(`:${wanted}!u@h NICK ${first}`);
          if (nick !== undefined) nick = first;
          wanted = first;
          return welcome();
        case 'AUTHENTICATE': return granted.has('sasl') ? authenticate(first) : undefined;
        case 'PING': return write(`:irc.test PONG irc.test :${tail || first}`);
        case 'JOIN': return join(first);
        case 'PRIVMSG': return message(first, tail);
        case 'QUIT': return void socket.end();
        default:
      }
    };
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (current === socket) [current, nick] = [undefined, undefined];
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = `${rest}${chunk}`.split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) hear(line);
    });
  };

  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const tells = (line: string): void => {
    if (!silent) current?.write(`${line}\r\n`);
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    lines,
    texts: (to) => messages.filter((message) => message.to === to).map(({ text }) => text),
    says: ({ text, to = nick ?? 'nobody', nick: from = 'Ann', user = '~ann', host = 'home.example', account, id = randomUUID(), at = Date.now(), command = 'PRIVMSG' }) => {
      const tags = capabilities.includes('message-tags') ? `@time=${new Date(at).toISOString()};msgid=${id}${account === undefined ? '' : `;account=${account}`} ` : '';
      tells(`${tags}:${from}!${user}@${host} ${command} ${to} :${text}`);
      return id;
    },
    tells,
    befalls: (...list) => void mishaps.push(...list),
    cut: () => current?.destroy(),
    fallSilent: () => void (silent = true),
    joined,
    get nick() {
      return nick;
    },
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ lines: lines.slice(-8).map(({ line }) => line) })),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};
