import { cp, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import { type Damage, damages, DATABASE, evidenceIn, WAL } from '../support/fault-damage.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { type KeptMessage, lookFor } from '../support/fault-state.ts';
import { startModelServer } from '../support/model-server.ts';

const SEED = 99;
const MESSAGES = 60;
const ENDED_WITHIN_MS = 5_000;
const AT_A_TIME = 2;

interface Bases {
  readonly stopped: string;
  readonly killed: string;
  readonly sent: readonly KeptMessage[];
}

/** Two state directories with the same messages: one left in order, one as a kill leaves it. */
const makeBases = async (modelUrl: string): Promise<Bases> => {
  const stopped = await makeStateDirectory(modelUrl);
  const killed = await mkdtemp(join(tmpdir(), 'openclaw-fault-'));
  await using gateway = await startProcess({ folder: stopped, entry: 'cli' });
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const sent: KeptMessage[] = [];
  for (let n = 0; n < MESSAGES; n++) {
    const text = `message ${n} ${'x'.repeat(300)}`;
    const { turnId, sessionId } = await client.call(sendMessage, { session: `s${n % 6}`, text });
    sent.push({ turnId, sessionId, text });
  }
  await gateway.end('SIGKILL');
  await cp(stopped, killed, { recursive: true });
  const again = await startProcess({ folder: stopped, entry: 'cli' });
  await again.end('SIGTERM');
  return { stopped, killed, sent };
};

type Ending = 'refused' | 'served' | 'served the oldest' | 'served with a byte changed';

/** Starts a gateway on a damaged copy and says what came of it; what must not be goes to `problems`. */
const startOn = async (damage: Damage, { sent, ...bases }: Bases, problems: Problems, damaged = true): Promise<Ending> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-fault-'));
  try {
    await cp(bases[damage.base], folder, { recursive: true });
    if (damaged) damage.apply(join(folder, damage.file));
    const evidence = evidenceIn(folder);
    try {
      await using gateway = await startProcess({ folder, entry: 'cli' });
      await gateway.end('SIGKILL');
    } catch (thrown) {
      if (!(thrown instanceof StartFailed)) throw thrown;
      checkRefusal(thrown, damage, problems);
      for (const [name, content] of evidenceIn(folder)) problems.expect(content === evidence.get(name), `${damage.name}: ${name} was changed by the start that refused it`);
      return 'refused';
    }
    return checkServed(lookFor(folder, sent), damage, problems);
  } finally {
    await removeFolder(folder);
  }
};

const checkRefusal = ({ code, output, ms }: StartFailed, { name, file }: Damage, problems: Problems): void => {
  problems.expect(code !== null && code !== 0, `${name}: it ended with ${code}`);
  problems.expect(ms <= ENDED_WITHIN_MS, `${name}: it took ${Math.round(ms)} ms to end`);
  problems.expect(output.includes(file), `${name}: it does not name the file: ${output.slice(0, 200)}`);
  problems.expect(!/^\s+at /m.test(output), `${name}: it shows a stack: ${output.slice(0, 200)}`);
};

const checkServed = (found: ReturnType<typeof lookFor>, { name, allows }: Damage, problems: Problems): Ending => {
  const missing = found.filter((state) => state === 'missing').length;
  if (missing > 0) {
    const oldest = found.indexOf('missing') === found.length - missing;
    problems.expect(allows === 'the oldest rows' && oldest, `${name}: it started, and ${missing} of ${found.length} messages are missing`);
    return 'served the oldest';
  }
  problems.expect(allows !== 'refusal', `${name}: it started`);
  // SQLite has no checksum over a row: a byte of one is all that may change unnoticed.
  const changed = found.filter((state) => state === 'changed').length;
  problems.expect(changed <= 1, `${name}: it started with ${changed} messages changed`);
  return changed === 0 ? 'served' : 'served with a byte changed';
};

const damageAll = async (count: number, damaged = true): Promise<Outcome> => {
  const problems = new Problems();
  await using model = await startModelServer({ script: () => ({ text: 'noted' }) });
  const bases = await makeBases(model.url);
  try {
    const size = async (base: string, name: string): Promise<number> => (await stat(join(base, name))).size;
    const list = damages(count, { database: await size(bases.stopped, DATABASE), wal: await size(bases.killed, WAL) }, seeded(SEED));
    const endings: Ending[] = [];
    const waiting = [...list];
    const worker = async (): Promise<void> => {
      for (let damage = waiting.shift(); damage; damage = waiting.shift()) endings.push(await startOn(damage, bases, problems, damaged));
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    const counted = [...Map.groupBy(endings, (ending) => ending)].map(([ending, all]) => `${all.length} ${ending}`).join(', ');
    return { figures: `${list.length} damaged directories: ${counted}, seed ${SEED}`, problems: problems.all };
  } finally {
    await Promise.all([bases.stopped, bases.killed].map(removeFolder));
  }
};

export const damage: Scenario = {
  id: 'damage',
  title: 'D4 damaged files',
  quick: () => damageAll(12),
  full: () => damageAll(200),
  red: { 'damage goes unnoticed': () => damageAll(21, false) },
};
