import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { handshake, type SocketOptions } from '../support/socket-client.ts';

const LISTED = 'https://good.com';

const originsOf = ({ url }: GatewayProcess): readonly string[] => {
  const { port } = new URL(url);
  return [
    'null', 'file://', 'https://evil.com', 'http://evil.com', 'http://localhost', 'http://127.0.0.1', `http://localhost:${port}`, `https://localhost:${Number(port) + 1}`,
    `http://127.0.0.1:${port}.evil.com`, `http://127.0.0.1:${port}@evil.com`, `http://127.0.0.1:${port}/`, `http://127.0.0.1:${port}#`, `ws://127.0.0.1:${port}`,
    `http://127.0.0.2:${port}`, `http://[::1]:${port}`, `http://0.0.0.0:${port}`, `http://2130706433:${port}`, `http://127.1:${port}`,
    'https://good.com.evil.com', 'https://evilgood.com', 'https://GOOD.com', 'https://good.com:444', 'http://good.com', 'https://good.com/', 'https://www.good.com',
    'https://good.com, https://good.com', 'chrome-extension://abcdefghijklmnop', 'moz-extension://x', 'data:', 'about:blank',
  ];
};

/** Pages of other origins, in every form, with every way to say who they are: not one becomes a socket. */
const comeFromElsewhere = async (mutant?: Mutant): Promise<Outcome> => {
  const problems = new Problems();
  const folder = await makeStateDirectory('http://127.0.0.1:1', { gateway: { allowedOrigins: [LISTED] } });
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  try {
    const modes: Readonly<Record<string, SocketOptions>> = {
      'no token': {},
      'the token in the address': { token: gateway.token },
      'the token in a header': { headers: { authorization: `Bearer ${gateway.token}` } },
      'a cookie': { headers: { cookie: `token=${gateway.token}; openclaw=${gateway.token}` } },
    };
    const origins = originsOf(gateway);
    let refused = 0;
    for (const [mode, options] of Object.entries(modes)) {
      for (const origin of origins) {
        const status = await handshake(gateway.url, { ...options, origin });
        if (status === 403) refused++;
        else problems.add(`a page of ${origin} with ${mode} got ${status}`);
      }
    }
    for (const origin of [undefined, LISTED, gateway.url]) {
      const status = await handshake(gateway.url, { token: gateway.token, ...(origin !== undefined && { origin }) });
      problems.expect(status === 101, `${origin ?? 'a program'} got ${status}`);
    }
    return { figures: `${refused} of ${origins.length * Object.keys(modes).length} foreign handshakes refused before they were sockets`, problems: problems.all };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

export const foreignPages: Scenario = {
  id: 'foreign-pages',
  title: 'S5 pages of other origins',
  quick: () => comeFromElsewhere(),
  full: () => comeFromElsewhere(),
  red: { 'every page is taken for our own': () => comeFromElsewhere('any-page') },
};
