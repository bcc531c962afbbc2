import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver } from '../support/deliver.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { VENDORS } from '../support/signatures.ts';

interface Scale {
  readonly guesses: number;
  readonly atOnce: number;
  /** A minute should not end in between. */
  readonly takesMs: number;
  readonly trustedProxies?: readonly string[];
}

const MINUTE = 60_000;
const TRIES = 10;
const SECRET = 'the-secret-that-is-guessed-at';
const GUESSER = '127.0.0.4';
const BYSTANDER = '127.0.0.5';
const GITHUB = VENDORS['github'];

/** Wrong secrets and wrong signatures without end: ten a minute of an address are looked at at each webhook, and nobody else is the worse for it. */
const guess = async ({ guesses, atOnce, takesMs, trustedProxies = [] }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const endpoints = [{ path: 'plain' }, { path: 'signed', verify: 'github', secret: GITHUB?.secret }, { path: 'spared' }];
  const folder = await makeStateDirectory('http://127.0.0.1:1', { gateway: { trustedProxies }, webhooks: { incoming: { secret: SECRET, endpoints } }, logging: { level: 'error' } });
  const gateway = await startProcess({ folder });
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce, localAddress: GUESSER });
  try {
    const left = MINUTE - (Date.now() % MINUTE);
    if (left < takesMs) await sleep(left + 50);
    const startedAt = Date.now();
    const minutes = (): number => Math.floor(Date.now() / MINUTE) - Math.floor(startedAt / MINUTE) + 1;
    const compared: Record<string, number> = { plain: 0, signed: 0 };
    let odd = 0;
    let untold = 0;
    let next = 0;
    const from = performance.now();
    const work = async (): Promise<void> => {
      for (let i = next++; i < guesses; i = next++) {
        const path = i % 2 === 0 ? 'plain' : 'signed';
        const proof = path === 'plain' ? { 'x-webhook-secret': `guess-${i}` } : { 'x-hub-signature-256': `sha256=${String(i).padStart(64, '0')}`, 'x-github-delivery': 'd' };
        // As somebody would who hopes to be believed.
        const { status, headers } = await deliver(gateway.url, { path: `/webhook/${path}`, body: '{}', headers: { ...proof, 'x-forwarded-for': `203.0.${(i >> 8) % 256}.${i % 256}` }, agent });
        if (status === 401) compared[path] = (compared[path] ?? 0) + 1;
        else if (status !== 429) odd++;
        else if (!(Number(headers['retry-after']) >= 1 && Number(headers['retry-after']) <= 60)) untold++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const perSecond = guesses / ((performance.now() - from) / 1000);
    for (const [path, count] of Object.entries(compared)) {
      problems.expect(count <= TRIES * minutes(), `${count} guesses at ${path} were compared in ${minutes()} minute(s)`);
      problems.expect(count >= TRIES, `only ${count} guesses at ${path} were compared: the check sees nothing`);
    }
    problems.expect(odd === 0, `${odd} guesses were answered with something else than 401 or 429`);
    problems.expect(untold === 0, `${untold} refusals did not say when to come back`);
    const right = (path: string, localAddress: string) => deliver(gateway.url, { path: `/webhook/${path}`, body: '{}', headers: { 'x-webhook-secret': SECRET }, localAddress });
    const [guesser, elsewhere, bystander] = [await right('plain', GUESSER), await right('spared', GUESSER), await right('plain', BYSTANDER)];
    problems.expect(guesser.status === 429 || minutes() > 1, `the right secret of who had guessed was answered ${guesser.status}`);
    problems.expect(elsewhere.status === 200, `another webhook answered who had guessed ${elsewhere.status}`);
    problems.expect(bystander.status === 200, `somebody else was answered ${bystander.status}`);
    return { figures: `${compared['plain']} and ${compared['signed']} of ${guesses} guesses compared in ${minutes()} minute(s); ${Math.round(perSecond)} refusals a second`, problems: problems.all };
  } finally {
    agent.destroy();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const QUICK: Scale = { guesses: 600, atOnce: 50, takesMs: 5_000 };

export const secretGuessing: Scenario = {
  id: 'secret-guessing',
  title: 'I5 guessing at the secret of a webhook',
  quick: () => guess(QUICK),
  full: () => guess({ guesses: 10_000, atOnce: 200, takesMs: 30_000 }),
  red: { 'whatever a sender says of its address is believed': () => guess({ ...QUICK, trustedProxies: ['127.0.0.0/8'] }) },
};
