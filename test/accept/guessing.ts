import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly guesses: number;
  readonly atOnce: number;
  readonly spoofed: number;
  /** A minute should not end in between: it would be over with its blocks. */
  readonly takesMs: number;
  readonly trustedProxies?: readonly string[];
}

const MINUTE = 60_000;
const TRIES = 10;
const GUESSER = '127.0.0.1';
const SPOOFER = '127.0.0.5';
const BYSTANDER = '127.0.0.2';

/** What became of a credential: looked at and found wrong, not looked at, or right. */
interface Seen {
  readonly outcome: 'compared' | 'unheard' | 'right' | 'other';
  readonly retryAfter: number;
}

type Guess = (gateway: GatewayProcess, token: string) => Promise<Seen>;

const byHttp = (localAddress: string, atOnce: number, headers: () => Readonly<Record<string, string>> = () => ({})): Guess => {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce, localAddress });
  return ({ url }, token) =>
    new Promise((resolve, reject) => {
      const asked = request(`${url}/api/status`, { agent, headers: { authorization: `Bearer ${token}`, ...headers() } }, (response) => {
        const { statusCode: status = 0 } = response;
        response.resume().on('end', () => resolve({ outcome: outcomeOf(status), retryAfter: Number(response.headers['retry-after'] ?? 0) }));
      });
      asked.on('error', reject);
      asked.end();
    });
};

const outcomeOf = (status: number): Seen['outcome'] => (status === 401 ? 'compared' : status === 429 ? 'unheard' : status === 200 || status === 101 ? 'right' : 'other');

/** A token in the address. */
const bySocket = (localAddress: string): Guess => async ({ url }, token) => {
  try {
    await using client = await openSocket(url, { token, localAddress });
    const { code } = await client.closed;
    return { outcome: code === 4401 ? 'compared' : 'other', retryAfter: 0 };
  } catch (thrown) {
    // What a refused handshake is told with.
    const { status = 0, headers } = thrown as { status?: number; headers?: Readonly<Record<string, string>> };
    return { outcome: outcomeOf(status), retryAfter: Number(headers?.['retry-after'] ?? 0) };
  }
};

/** A token in the first frame. */
const byFrame = (localAddress: string): Guess => async ({ url }, token) => {
  await using client = await openSocket(url, { localAddress });
  client.send({ type: 'auth', token });
  const { payload } = await client.next(({ type }) => type === 'error');
  return { outcome: payload?.['code'] === 'AUTH_INVALID' ? 'compared' : payload?.['code'] === 'RATE_LIMITED' ? 'unheard' : 'other', retryAfter: Number(payload?.['retry_after'] ?? 0) };
};

const guessAll = async (gateway: GatewayProcess, ways: readonly Guess[], { guesses, atOnce }: Pick<Scale, 'guesses' | 'atOnce'>): Promise<Seen[]> => {
  const seen: Seen[] = [];
  let next = 0;
  const go = async (): Promise<void> => {
    for (let i = next++; i < guesses; i = next++) {
      const way = ways[i % ways.length];
      if (way) seen.push(await way(gateway, `guess-${i}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, go));
  return seen;
};

/** Wrong tokens without end, by every way in: ten a minute are looked at, and nobody else is the worse for it. */
const guess = async ({ guesses, atOnce, spoofed, takesMs, trustedProxies = [] }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const folder = await makeStateDirectory('http://127.0.0.1:1', { gateway: { trustedProxies } });
  let gateway = await startProcess({ folder });
  const port = portOf(gateway);
  try {
    const left = MINUTE - (Date.now() % MINUTE);
    if (left < takesMs) await sleep(left + 50);
    const startedAt = Date.now();
    // Most by HTTP; sockets are slower to open.
    const http = byHttp(GUESSER, atOnce);
    const ways = [...Array.from({ length: 8 }, () => http), bySocket(GUESSER)];
    const from = performance.now();
    const seen = await guessAll(gateway, ways, { guesses, atOnce });
    const seconds = (performance.now() - from) / 1000;
    const inFrames = await guessAll(gateway, [byFrame(GUESSER)], { guesses: 40, atOnce: 20 });
    let hop = 0;
    const liar = byHttp(SPOOFER, atOnce, () => ({ 'x-forwarded-for': `203.0.${hop >> 8}.${hop++ % 256}` }));
    const spoofs = await guessAll(gateway, [liar], { guesses: spoofed, atOnce });
    const minutes = (): number => Math.floor(Date.now() / MINUTE) - Math.floor(startedAt / MINUTE) + 1;
    const compared = [...seen, ...inFrames].filter(({ outcome }) => outcome === 'compared').length;
    const comparedSpoofs = spoofs.filter(({ outcome }) => outcome === 'compared').length;
    problems.expect(compared <= TRIES * minutes(), `${compared} guesses of one address were compared in ${minutes()} minute(s)`);
    problems.expect(compared >= TRIES, `only ${compared} guesses were compared: the check sees nothing`);
    problems.expect(comparedSpoofs <= TRIES * minutes(), `${comparedSpoofs} guesses with ${spoofed} spoofed addresses were compared in ${minutes()} minute(s)`);
    const all = [...seen, ...inFrames, ...spoofs];
    const odd = all.filter(({ outcome }) => outcome === 'other' || outcome === 'right').length;
    problems.expect(odd === 0, `${odd} guesses were answered with something else than 401 or 429`);
    const untold = all.filter(({ outcome, retryAfter }) => outcome === 'unheard' && !(retryAfter >= 1 && retryAfter <= 60)).length;
    problems.expect(untold === 0, `${untold} refusals did not say when to come back`);
    const rightOnes = async (when: string): Promise<void> => {
      for (const [address, expected] of [[GUESSER, 'unheard'], [SPOOFER, 'unheard'], [BYSTANDER, 'right']] as const) {
        const { outcome } = await byHttp(address, 1)(gateway, gateway.token);
        problems.expect(outcome === expected || minutes() > 1, `the right token from ${address} was ${outcome} ${when}`);
      }
    };
    await rightOnes('after the guessing');
    // They are written soon, not at once.
    await sleep(400);
    await gateway.end('SIGKILL');
    gateway = await startProcess({ folder, port });
    await rightOnes('after a restart');
    return {
      figures: `${compared} of ${seen.length + inFrames.length} guesses at one address compared in ${minutes()} minute(s), ${comparedSpoofs} of ${spoofed} with spoofed addresses; ${Math.round(seen.length / seconds)} refusals a second`,
      problems: problems.all,
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const QUICK: Scale = { guesses: 900, atOnce: 100, spoofed: 200, takesMs: 6_000 };

export const guessing: Scenario = {
  id: 'guessing',
  title: 'A2 guessing at the token',
  quick: () => guess(QUICK),
  full: () => guess({ guesses: 10_000, atOnce: 200, spoofed: 1_000, takesMs: 30_000 }),
  red: { 'whatever a client says of its address is believed': () => guess({ ...QUICK, trustedProxies: ['127.0.0.0/8'] }) },
};
