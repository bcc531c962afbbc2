import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly sockets: number;
  readonly streams: number;
  readonly mutant?: Mutant;
}

const FIRST = 'the-first-token-of-thirty-two-letters';
const SECOND = 'the-second-token-of-thirty-two-letters';
const WITHIN_MS = 1_000;

/** The token is changed while it is in use: what is open on its behalf is closed, and says no more. */
const changeToken = async ({ sockets, streams, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  await using model = await startModelServer({ script: () => ({ text: Array.from({ length: 1_000 }, () => 'word '), chunkDelayMs: 10 }) });
  const folder = await makeStateDirectory(model.url, { gateway: { token: FIRST } });
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  try {
    const clients = await Promise.all(Array.from({ length: sockets }, () => openSocket(gateway.url, { token: FIRST })));
    for (const [i, client] of clients.entries()) client.send({ type: 'message', session: `ws-${i % 10}`, content: 'Hi', stream: true });
    const cut: number[] = [];
    const open = async (i: number): Promise<void> => {
      const response = await fetch(`${gateway.url}/api/v1/messages/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${FIRST}`, 'content-type': 'application/json' },
        body: JSON.stringify({ userId: `sse-${i % 5}`, message: 'Hi' }),
      });
      await response.text().catch(() => '');
      cut.push(performance.now());
    };
    const reading = Array.from({ length: streams }, (_, i) => open(i));
    await sleep(500);
    // Clients that are just coming in while the token changes.
    let knocking = true;
    const inside: number[] = [];
    const knock = async (): Promise<void> => {
      while (knocking) {
        const late = await openSocket(gateway.url, { token: FIRST, localAddress: '127.0.0.3' }).catch(() => undefined);
        if (late) void late.closed.then(() => inside.push(performance.now()));
        await sleep(20);
      }
    };
    const knocked = knock();
    const closedAt = clients.map((client) => client.closed.then(({ code }) => ({ at: performance.now(), code, heard: client.frames.length })));
    const file = join(folder, 'openclaw.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(FIRST, SECOND));
    // From the moment it is in force.
    let inForce = 0;
    for (let tries = 0; tries < 100 && inForce === 0; tries++) {
      const { status } = await fetch(`${gateway.url}/api/status`, { headers: { authorization: `Bearer ${SECOND}` } });
      if (status === 200) inForce = performance.now();
      else await sleep(200);
    }
    problems.expect(inForce > 0 || mutant !== undefined, 'the new token never came into force');
    await sleep(WITHIN_MS);
    knocking = false;
    await knocked;
    const states = await Promise.all(closedAt.map((closing) => Promise.race([closing, sleep(0, undefined)])));
    const open_ = states.filter((state) => state === undefined).length;
    problems.expect(open_ === 0, `${open_} of ${sockets} sockets were still open a second later`);
    problems.expect(cut.length === streams, `${streams - cut.length} of ${streams} streams were still open a second later`);
    const codes = new Set(states.flatMap((state) => (state ? [state.code] : [])));
    problems.expect([...codes].every((code) => code === 4401), `sockets were closed with ${[...codes].join(', ')}`);
    await Promise.race([Promise.all(reading), sleep(100)]);
    return { figures: `${sockets - open_} sockets and ${cut.length} streams closed, ${inside.length} that came in meanwhile too`, problems: problems.all };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

export const revoked: Scenario = {
  id: 'revoked',
  title: 'S7 a credential that is taken back',
  quick: () => changeToken({ sockets: 20, streams: 5 }),
  full: () => changeToken({ sockets: 100, streams: 20 }),
  red: { 'what is open stays open': () => changeToken({ sockets: 5, streams: 2, mutant: 'keeps-the-revoked' }) },
};
