/**
 * Debian's dovecot with mailboxes for whoever has the password, and a server that mail is sent by, both with TLS under a certificate of their own.
 *
 *   await using post = await startPost();
 *   const box = await post.mailbox('agent');
 *   await box.gets('From: …\r\n\r\nHello');
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { freePort } from '../cli/program.ts';

const run = promisify(execFile);
const NOBODY = 65_534;

export interface Mailbox extends AsyncDisposable {
  readonly port: number;
  /** A mail arrives; its file's name. */
  gets(mail: string): Promise<void>;
  /** Mails in a folder, the unread ones alone. */
  unread(): number;
  countIn(folder: string): Promise<number>;
  cut(): void;
}

export interface Post extends AsyncDisposable {
  readonly caFile: string;
  readonly password: string;
  readonly tls: { readonly key: string; readonly cert: string };
  mailbox(name: string): Promise<Mailbox>;
}

export const startPost = async (password: string): Promise<Post> => {
  const folder = await mkdtemp(join(tmpdir(), 'post-'));
  await chmod(folder, 0o755);
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', caFile]);
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? NOBODY : (process.getuid?.() ?? 0);
  const group = isRoot ? NOBODY : (process.getgid?.() ?? 0);
  const name = isRoot ? 'nobody' : (await run('id', ['-un'])).stdout.trim();
  const port = await freePort();
  const config = join(folder, 'dovecot.conf');
  await writeFile(config, `base_dir = ${folder}/run
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${caFile}
ssl_key = <${keyFile}
mail_location = maildir:${folder}/mail/%u
mailbox_idle_check_interval = 1 secs
first_valid_uid = ${owner}
auth_mechanisms = plain login
auth_failure_delay = 0
${isRoot ? '' : `default_internal_user = ${name}\ndefault_login_user = ${name}\ndefault_internal_group = ${name}\n`}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${owner} gid=${group} home=${folder}/home/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
}
`);
  for (const one of ['run', 'mail', 'home']) await mkdir(join(folder, one));
  for (const one of ['mail', 'home']) await chown(join(folder, one), owner, group);
  const dovecot = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  const stop = async (): Promise<void> => {
    const ended = dovecot.exitCode === null && dovecot.signalCode === null ? once(dovecot, 'exit') : undefined;
    dovecot.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 200 || dovecot.exitCode !== null) {
      const log = await readFile(join(folder, 'log'), 'utf8').catch(() => 'no log');
      await stop();
      throw new Error(`dovecot did not start: ${log}`);
    }
    await pause(50);
  }

  /** Reached by a way that can be cut. */
  const mailbox = async (user: string): Promise<Mailbox> => {
    const home = join(folder, 'mail', user);
    for (const part of ['', 'tmp', 'new', 'cur']) {
      await mkdir(join(home, part), { recursive: true });
      await chown(join(home, part), owner, group);
    }
    const sockets = new Set<Socket>();
    const way = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {}).on('close', () => {
          sockets.delete(socket);
          for (const other of [near, far]) other.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    way.listen(0, '127.0.0.1');
    await once(way, 'listening');
    const address = way.address();
    let unread = 0;
    const count = async (): Promise<void> => {
      const files = (await Promise.all(['new', 'cur'].map((part) => readdir(join(home, part)).catch(() => [])))).flat();
      unread = files.filter((file) => !/:2,[A-Z]*S/.test(file)).length;
    };
    const counting = setInterval(() => void count(), 50);
    return {
      port: typeof address === 'object' && address ? address.port : 0,
      gets: async (mail) => {
        const file = `${Date.now()}.${randomUUID()}.test`;
        await writeFile(join(home, 'tmp', file), mail);
        await chown(join(home, 'tmp', file), owner, group);
        await rename(join(home, 'tmp', file), join(home, 'new', file));
        await count();
      },
      unread: () => unread,
      countIn: async (name) => (await Promise.all(['new', 'cur'].map((part) => readdir(join(home, `.${name}`, part)).catch(() => [])))).flat().length,
      cut: () => {
        for (const socket of sockets) socket.destroy();
      },
      [Symbol.asyncDispose]: async () => {
        clearInterval(counting);
        for (const socket of sockets) socket.destroy();
        if (way.listening) await new Promise((resolve) => way.close(resolve));
      },
    };
  };
  return { caFile, password, tls: { key: await readFile(keyFile, 'utf8'), cert: await readFile(caFile, 'utf8') }, mailbox, [Symbol.asyncDispose]: stop };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

export interface SentMail {
  readonly from: string;
  readonly to: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly type: string; readonly content: Uint8Array }[];
}

/** An answer instead of the usual one to a command, or `cut`: a mail is taken, and nobody says so. */
export type SmtpMishap = { readonly at: 'RCPT' | 'DATA' | 'AUTH'; readonly says: string } | 'cut';

export interface SmtpSink extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly SentMail[];
  /** What was said before a mail. */
  readonly commands: readonly string[];
  befalls(...mishaps: readonly SmtpMishap[]): void;
}

/** Takes mail by SMTP (RFC 5321) for whoever has the password, and keeps it; in the open, where there is no `tls`. */
export const startSmtpSink = async ({ tls, password }: Pick<Post, 'password'> & Partial<Pick<Post, 'tls'>>): Promise<SmtpSink> => {
  const mails: SentMail[] = [];
  const mishaps: SmtpMishap[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    let [rest, from, to, data, known] = ['', '', '', false, false];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const mishap = (at: string): SmtpMishap | undefined => {
      const [next] = mishaps;
      return next !== undefined && (next === 'cut' ? at === 'end' : next.at === at) ? mishaps.shift() : undefined;
    };
    const refused = (at: string): boolean => {
      const next = mishap(at);
      if (next === undefined || next === 'cut') return false;
      say(next.says);
      return true;
    };
    const hear = (line: string): void => {
      commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') return say('250-localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN');
      if (verb === 'AUTH') {
        if (refused('AUTH')) return;
        known = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString().split('\0')[2] === password;
        return say(known ? '235 2.7.0 ok' : '535 5.7.8 Error: authentication failed');
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      if (!known) return say('530 5.7.0 Authentication required');
      if (verb === 'MAIL') from = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (verb === 'RCPT') to = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (verb === 'RCPT' || verb === 'DATA') if (refused(verb)) return;
      data = verb === 'DATA';
      say(data ? '354 go on' : '250 ok');
    };
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    say('220 localhost ESMTP');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      rest += chunk;
      for (;;) {
        const end = data ? `\r\n${rest}`.indexOf('\r\n.\r\n') : rest.indexOf('\r\n');
        if (end === -1) return;
        const [line, after] = data ? [rest.slice(0, end), rest.slice(end + 3)] : [rest.slice(0, end), rest.slice(end + 2)];
        rest = after;
        if (!data) hear(line);
        else {
          data = false;
          mails.push(readSent(from, to, line.replaceAll(/^\./gm, '')));
          if (mishap('end') === 'cut') return void socket.destroy();
          say('250 2.0.0 queued');
        }
      }
    });
  };
  const server: Server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    mails, commands,
    befalls: (...list) => void mishaps.push(...list),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};

const readSent = (from: string, to: string, mail: string): SentMail => {
  const { headers, body } = readPart(mail);
  const boundary = /boundary="?([^";]+)/.exec(headers.get('content-type') ?? '')?.[1];
  const parts = boundary === undefined ? [{ headers, body }] : body.split(`--${boundary}`).slice(1, -1).map((part) => readPart(part.replace(/^\r\n/, '')));
  const isFile = (part: Part): boolean => (part.headers.get('content-disposition') ?? '').startsWith('attachment');
  const words = parts.find((part) => !isFile(part));
  return {
    from, to, headers,
    text: words ? decode(words.body, words.headers.get('content-transfer-encoding') ?? '7bit').replaceAll('\r\n', '\n').trimEnd() : '',
    files: parts.filter(isFile).map((part) => ({
      name: /filename="?([^";]+)/.exec(part.headers.get('content-disposition') ?? '')?.[1] ?? '',
      type: (part.headers.get('content-type') ?? '').split(';')[0] ?? '',
      content: Buffer.from(part.body, 'base64'),
    })),
  };
};

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const readPart = (part: string): Part => {
  const end = part.indexOf('\r\n\r\n');
  const lines = part.slice(0, end).replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  return { headers: new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)), body: part.slice(end + 4) };
};

const decode = (body: string, encoding: string): string => {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body.replaceAll(/=\r?\n/g, '').replaceAll(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};
