import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { cancelTurn, getTurn, listSessions, sessionHistory } from '@openclaw/contract';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { FIGURES_MISSING, gauge, openFilesButTo } from '../support/process-figures.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly clients: number;
  readonly atOnce: number;
  /** Clients that take their turn with them. */
  readonly cancels?: boolean;
}

const WORDS = Array.from({ length: 30 }, (_, i) => `word${i} `);
const WHOLE = WORDS.join('');
const WORD_MS = 15;
const BACK_WITHIN_MS = 30_000;
const SPARE_FILES = 5;

/** Asks on one wire or the other, and is gone in the middle of the answer, without a word. Tells the turn, where it heard of it. */
const askAndVanish = async (gateway: GatewayProcess, i: number, afterMs: number): Promise<string | undefined> => {
  const { url, token } = gateway;
  if (i % 2 === 0) {
    const client = await openSocket(url, { token });
    client.send({ type: 'message', session: `gone-${i}`, content: 'Talk', stream: true });
    const started = await client.next(({ type }) => type === 'started', 'the beginning').catch(() => undefined);
    await sleep(afterMs);
    client.socket.terminate();
    return String(started?.['turn']);
  }
  return new Promise((resolve) => {
    let heard = '';
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' };
    const asked = request(`${url}/api/native/messages.send`, { method: 'POST', headers, agent: false }, (response) => {
      response.on('data', (chunk) => (heard += String(chunk)));
      response.on('error', () => {});
      setTimeout(() => asked.destroy(), afterMs);
    });
    asked.on('error', () => {});
    asked.on('close', () => resolve(/"turnId":"(\w+)"/.exec(heard)?.[1]));
    asked.end(JSON.stringify({ session: `gone-${i}`, text: 'Talk' }));
  });
};

/** pino's number for `error`. */
const ERROR = 50;

const linesIn = async (folder: string): Promise<readonly { readonly level: number; readonly line: string }[]> => {
  const names = await readdir(join(folder, 'logs'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'logs', name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== '')).map((line) => ({ level: Number(/"level":(\d+)/.exec(line)?.[1]), line }));
};

/** Clients that are gone in the middle of a stream: their turns come to their end, and nothing of theirs stays. */
const leave = async ({ clients, atOnce, cancels = false }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  const random = seeded(23);
  await using model = await startModelServer({ script: () => ({ text: WORDS, chunkDelayMs: WORD_MS }) });
  const folder = await makeStateDirectory(model.url, { logging: { level: 'info' } });
  const gateway = await startProcess({ folder });
  try {
    const client = connect({ baseUrl: gateway.url, token: gateway.token });
    const files = (): Promise<number> => openFilesButTo(gateway.pid, portOf(model));
    await Promise.all(Array.from({ length: 10 }, (_, i) => askAndVanish(gateway, i, 100)));
    await settled(gateway);
    const baseline = await files();
    let next = 0;
    const go = async (): Promise<void> => {
      for (let i = next++; i < clients; i = next++) {
        const turn = await askAndVanish(gateway, i, 20 + random() * 350);
        if (cancels && turn !== undefined) await client.call(cancelTurn, { turn });
      }
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: atOnce }, go));
    const seconds = (performance.now() - from) / 1000;
    problems.expect(await settled(gateway), 'sockets or turns were still there half a minute later');
    const ended = performance.now();
    let left = await files();
    while (left - baseline > SPARE_FILES && performance.now() - ended < BACK_WITHIN_MS) {
      await sleep(200);
      left = await files();
    }
    problems.expect(left - baseline <= SPARE_FILES, `it holds ${left} files open; before it were ${baseline}`);
    let whole = 0;
    for (let i = 0; i < clients; i++) {
      const { messages } = await client.call(sessionHistory, { session: `gone-${i}`, limit: 200 });
      const { state, reply } = await client.call(getTurn, { turn: messages.at(-1)?.turnId ?? '' });
      if (state === 'done' && reply?.text === WHOLE) whole++;
      else problems.add(`the turn of client ${i} is ${state}, with ${reply?.text.length ?? 0} of ${WHOLE.length} characters`);
    }
    const { total } = await client.call(listSessions, { limit: 1 });
    await gateway.end('SIGTERM');
    const lines = await linesIn(folder);
    const errors = lines.filter(({ level }) => !(level < ERROR));
    problems.expect(lines.length > clients, `the log holds ${lines.length} lines: the check sees nothing`);
    problems.expect(errors.length === 0, `the log holds ${errors.length} errors: ${errors[0]?.line ?? ''}`);
    return {
      figures: `${clients} clients gone within ${seconds.toFixed(0)} s, ${whole} answers whole in ${total} sessions; ${baseline} files open before, ${left} after; ${errors.length} errors in the log`,
      problems: problems.all,
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** Nobody is connected and nothing runs. */
const settled = async (gateway: GatewayProcess): Promise<boolean> => {
  const until = performance.now() + BACK_WITHIN_MS;
  while (performance.now() < until) {
    const left = (await gauge(gateway, 'openclaw_sockets')) + (await gauge(gateway, 'openclaw_turns_running'));
    if (left === 0) return true;
    await sleep(50);
  }
  return false;
};

export const vanish: Scenario = {
  id: 'vanish',
  title: 'S8 clients that vanish in the middle',
  quick: () => leave({ clients: 60, atOnce: 20 }),
  full: () => leave({ clients: 1_000, atOnce: 100 }),
  red: { 'who leaves takes the turn along': () => leave({ clients: 10, atOnce: 5, cancels: true }) },
};
