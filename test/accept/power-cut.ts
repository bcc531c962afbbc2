import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { getTurn, sendMessage } from '@openclaw/contract';
import { verifySqlite } from '../../packages/gateway/src/drivers/stores/sqlite/index.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import { compileShim, createFaultyDisk, NO_SHIM } from '../support/power-cut.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly cuts: number;
  readonly synchronous?: 'NORMAL';
}

/** What a client was told, and may count on from then on. */
interface Acknowledged {
  readonly turnId: string;
  /** The reply's message, where the client waited for it. */
  readonly messageId: string | undefined;
}

const SEED = 4_711;
const SENDERS = 24;
/** Turns a session gets before the sender takes a new one: old ones only make the work slower. */
const TURNS_A_SESSION = 20;

const cutLoop = async ({ cuts, synchronous }: Scale): Promise<Outcome> => {
  const library = await compileShim();
  if (library === undefined) return { figures: '', problems: [], skipped: NO_SHIM };
  const random = seeded(SEED);
  const problems = new Problems();
  await using model = await startModelServer({ script: () => ({ text: 'yes' }) });
  const folder = await makeStateDirectory(model.url);
  await using disk = await createFaultyDisk(library, folder);
  const env = { ...disk.env, ...(synchronous && { OPENCLAW_TEST_SYNCHRONOUS: synchronous }) };
  const all: Acknowledged[] = [];
  let gateway: GatewayProcess = await startProcess({ folder, env });
  const port = portOf(gateway);
  let lost = 0;
  let done = 0;
  try {
    for (; done < cuts; done++) {
      const fresh = await loadUntilCut(gateway, done, 600 + 600 * random());
      all.push(...fresh);
      // Every other cut, blocks that were written but not synced reach the disk by chance.
      disk.cut({ unsynced: done % 4 < 2 ? 'gone' : 'empty', ...(done % 2 === 1 && { chance: random }) });
      gateway = await startProcess({ folder, port, env });
      lost += await countLost(gateway, fresh);
    }
    const client = createStubbornClient(() => gateway, 10_000);
    const { turnId } = await client.call(sendMessage, { text: 'still there?' }, 'after-all');
    all.push({ turnId, messageId: undefined });
    await gateway.end('SIGKILL');
    const missing = missingRows(join(folder, 'openclaw.sqlite'), all);
    problems.expect(missing === 0, `${missing} acknowledged rows are missing from the database`);
    const integrity = verifySqlite(join(folder, 'openclaw.sqlite'));
    problems.expect(integrity === undefined, `integrity_check: ${integrity}`);
  } catch (thrown) {
    if (!(thrown instanceof StartFailed)) throw thrown;
    problems.add(`after cut ${done + 1}: ${thrown.message}`);
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
  problems.expect(lost === 0, `${lost} acknowledged messages or replies were lost`);
  problems.expect(disk.syncs() > cuts, `the disk saw ${disk.syncs()} syncs only: the shim is not at work`);
  return { figures: `${all.length} acknowledged, ${done} cuts, ${lost} lost, ${disk.syncs()} syncs, seed ${SEED}`, problems: problems.all };
};

/** Sends without pause until the process is killed; resolves to all that was acknowledged by then. */
const loadUntilCut = async (gateway: GatewayProcess, round: number, ms: number): Promise<readonly Acknowledged[]> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const acknowledged: Acknowledged[] = [];
  let over = false;
  const sender = async (n: number): Promise<void> => {
    for (let i = 0; !over && i < 10_000; i++) {
      const input = { session: `cut-${round}-${n}-${Math.floor(i / TURNS_A_SESSION)}`, text: `message ${i}`, timeoutSeconds: n % 2 === 0 ? 0 : 60 };
      const output = await client.call(sendMessage, input, { idempotencyKey: `cut-${round}-${n}-${i}` });
      acknowledged.push({ turnId: output.turnId, messageId: 'messageId' in output ? output.messageId : undefined });
    }
  };
  const senders = Array.from({ length: SENDERS }, (_, n) => sender(n).catch(() => {}));
  await sleep(ms);
  over = true;
  await gateway.end('SIGKILL');
  await Promise.all(senders);
  return acknowledged;
};

const countLost = async (gateway: GatewayProcess, acknowledged: readonly Acknowledged[]): Promise<number> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  let lost = 0;
  for (const { turnId, messageId } of acknowledged) {
    const turn = await client.call(getTurn, { turn: turnId }).catch(() => undefined);
    if (turn === undefined || (messageId !== undefined && turn.reply?.messageId !== messageId)) lost++;
  }
  return lost;
};

const missingRows = (file: string, acknowledged: readonly Acknowledged[]): number => {
  const database = new DatabaseSync(file);
  try {
    const turn = database.prepare('SELECT 1 FROM messages WHERE turn_id = ? AND role = ?');
    const reply = database.prepare('SELECT 1 FROM messages WHERE turn_id = ? AND id = ?');
    database.exec('CREATE INDEX by_turn ON messages (turn_id)');
    return acknowledged.filter(({ turnId, messageId }) => !turn.get(turnId, 'user') || (messageId !== undefined && !reply.get(turnId, messageId))).length;
  } finally {
    database.close();
  }
};

export const powerCut: Scenario = {
  id: 'power-cut',
  title: 'T2 power cut',
  quick: () => cutLoop({ cuts: 4 }),
  full: () => cutLoop({ cuts: 20 }),
  red: { 'commits are not synced': () => cutLoop({ cuts: 4, synchronous: 'NORMAL' }) },
};
