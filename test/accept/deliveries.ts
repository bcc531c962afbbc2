import { Agent } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifySqlite } from '../../packages/gateway/src/drivers/stores/sqlite/index.ts';
import { deliver } from '../support/deliver.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { compileShim, createFaultyDisk, NO_SHIM } from '../support/power-cut.ts';
import { VENDORS } from '../support/signatures.ts';

interface Scale {
  readonly deliveries: number;
  /** How long a process lives. */
  readonly lifeMs: number;
  /** The first so many ends of a process are power cuts, the others are kills. */
  readonly cuts: number;
  readonly fewestEnds: number;
  /** After so many it is left alone. */
  readonly mostEnds: number;
  /** Between two deliveries of one sender, so that there is something to kill. */
  readonly pauseMs: number;
  readonly mutant?: Mutant;
}

const SEED = 31;
const SENDERS = 8;
const DUPLICATES = 0.2;
const SESSIONS = 100;
const SECRET = VENDORS['github']?.secret ?? '';

interface Told {
  accepted: number;
  duplicate: number;
}

/** Senders that try again until they are told that it was taken, to a gateway that dies all the time: each delivery begins one turn. */
const admit = async ({ deliveries, lifeMs, cuts, fewestEnds, mostEnds, pauseMs, mutant }: Scale): Promise<Outcome> => {
  const library = await compileShim();
  if (library === undefined) return { figures: '', problems: [], skipped: NO_SHIM };
  const problems = new Problems();
  const random = seeded(SEED);
  await using model = await startModelServer({ script: () => ({ text: 'ok' }) });
  const endpoint = { path: 'in', verify: 'github', secret: SECRET, message: 'Delivery {{body.n}}.', session: 's-{{body.session}}' };
  const folder = await makeStateDirectory(model.url, { webhooks: { incoming: { endpoints: [endpoint] } }, logging: { level: 'error' } });
  await using disk = await createFaultyDisk(library, folder);
  const options = { folder, env: disk.env, args: mutant ? ['--mutant', mutant] : [] };
  let gateway: GatewayProcess = await startProcess(options);
  const port = portOf(gateway);
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  const told = new Map<number, Told>();
  let retries = 0;
  const send = async (n: number, patienceMs: number): Promise<void> => {
    const body = JSON.stringify({ n, session: n % SESSIONS, text: 'x'.repeat(200) });
    const headers = VENDORS['github']?.sign(body, { id: `delivery-${n}` }) ?? {};
    for (const until = performance.now() + patienceMs; performance.now() < until; retries++) {
      const sent = await deliver(gateway.url, { path: '/webhook/in', body, headers, agent }).catch(() => undefined);
      if (sent && sent.status >= 200 && sent.status < 300) {
        const one = told.get(n) ?? { accepted: 0, duplicate: 0 };
        one[sent.text.includes('"duplicate":true') ? 'duplicate' : 'accepted']++;
        return void told.set(n, one);
      }
      if (sent && sent.status < 500) return problems.add(`delivery ${n} was answered ${sent.status} ${sent.text.slice(0, 100)}`);
      await sleep(50);
    }
    problems.add(`delivery ${n} was never taken`);
  };
  try {
    const all = Array.from({ length: deliveries }, (_, n) => n);
    const twice = [...all, ...all.filter(() => random() < DUPLICATES)].map((n) => ({ n, place: random() })).toSorted((a, b) => a.place - b.place);
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let one = twice[next++]; one; one = twice[next++]) {
        await send(one.n, 60_000);
        await sleep(pauseMs);
      }
    };
    let over = false;
    const sending = Promise.all(Array.from({ length: SENDERS }, sender)).finally(() => (over = true));
    let ends = 0;
    for (; !over; ends++) {
      await Promise.race([sleep(lifeMs * (0.8 + 0.4 * random())), sending]);
      if (over || ends === mostEnds) break;
      await gateway.end('SIGKILL');
      if (ends < cuts) disk.cut({ unsynced: ends % 2 === 0 ? 'gone' : 'empty', ...(ends % 2 === 1 && { chance: random }) });
      gateway = await startProcess({ ...options, port });
    }
    await sending;
    // Once more, after all is over: everything is known.
    await gateway.end('SIGTERM');
    gateway = await startProcess({ ...options, port });
    const again = all.filter((n) => n % 10 === 0);
    const before = new Map(again.map((n) => [n, told.get(n)?.duplicate ?? 0]));
    for (const n of again) await send(n, 5_000);
    const forgotten = again.filter((n) => (told.get(n)?.duplicate ?? 0) !== (before.get(n) ?? 0) + 1).length;
    await gateway.end('SIGKILL');
    const turns = turnsIn(join(folder, 'openclaw.sqlite'));
    const lost = all.filter((n) => (turns.get(n) ?? 0) === 0).length;
    const doubled = all.filter((n) => (turns.get(n) ?? 0) > 1).length;
    const acceptedTwice = [...told.values()].filter(({ accepted }) => accepted > 1).length;
    problems.expect(lost === 0, `${lost} acknowledged deliveries have no turn`);
    problems.expect(doubled === 0, `${doubled} deliveries began more than one turn`);
    problems.expect(acceptedTwice === 0, `${acceptedTwice} deliveries were called new twice`);
    problems.expect(forgotten === 0, `${forgotten} of ${again.length} were not known any more after the last restart`);
    problems.expect(ends >= fewestEnds, `only ${ends} kills, ${fewestEnds} wanted`);
    const integrity = verifySqlite(join(folder, 'openclaw.sqlite'));
    problems.expect(integrity === undefined, `integrity_check: ${integrity}`);
    return {
      figures: `${deliveries} deliveries, ${twice.length - deliveries} of them twice, ${ends} kills (${Math.min(ends, cuts)} power cuts), ${retries} retries: ${lost} lost, ${doubled} doubled, ${again.length - forgotten} of ${again.length} known after a restart`,
      problems: problems.all,
    };
  } finally {
    agent.destroy();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** How many turns each delivery began. */
const turnsIn = (file: string): ReadonlyMap<number, number> => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare(`SELECT text, COUNT(*) AS turns FROM messages WHERE role = 'user' GROUP BY text`).all();
    return new Map(rows.map(({ text, turns }) => [Number(/^Delivery (\d+)\.$/.exec(String(text))?.[1]), Number(turns)]));
  } finally {
    database.close();
  }
};

const QUICK: Scale = { deliveries: 400, lifeMs: 800, cuts: 1, fewestEnds: 1, mostEnds: 3, pauseMs: 30 };

export const deliveries: Scenario = {
  id: 'deliveries',
  title: 'I2 deliveries taken once',
  quick: () => admit(QUICK),
  full: () => admit({ deliveries: 10_000, lifeMs: 2_000, cuts: 5, fewestEnds: 40, mostEnds: 300, pauseMs: 65 }),
  red: {
    'what came before is remembered in a map': () => admit({ ...QUICK, mutant: 'remembers-in-a-map' }),
    'a delivery is acknowledged before its commit': () => admit({ ...QUICK, mutant: 'answers-before-commit' }),
  },
};
