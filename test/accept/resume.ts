import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { sessionHistory } from '@openclaw/contract';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Asked, followTurnBy, type Held } from '../support/turn-follower.ts';

interface Scale {
  readonly turns: number;
  readonly followersEach: number;
  /** Turns that are talked at the same time. */
  readonly atOnce: number;
  readonly killEveryMs: number;
  /** A turn that dies with the gateway three times is given up. */
  readonly mostKills: number;
  readonly cutWithinMs: number;
  readonly forgetful?: boolean;
}

const WORD_MS = 90;
const words = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i} `);
const LONGEST_MS = 150_000;

/** Streams with many readers whose connections are cut, over a gateway that is killed: each reader sees each event once and in order. */
const readOn = async ({ turns, followersEach, atOnce, killEveryMs, mostKills, cutWithinMs, forgetful = false }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const random = seeded(11);
  await using model = await startModelServer({
    script: ({ messages }) =>
      messages.at(-1)?.role === 'user'
        ? { text: words('look', 12), toolCalls: [{ tool: 'time', input: {} }, { tool: 'time', input: { timezone: 'UTC' } }], chunkDelayMs: WORD_MS }
        : { text: words('say', 20), chunkDelayMs: WORD_MS },
  });
  const folder = await makeStateDirectory(model.url);
  let gateway: GatewayProcess = await startProcess({ folder });
  const port = portOf(gateway);
  const until = Date.now() + LONGEST_MS;
  let [kills, over] = [0, false];
  const killing = (async () => {
    for (;;) {
      for (let waited = 0; waited < killEveryMs && !over; waited += 50) await sleep(50);
      if (over || kills === mostKills) return;
      await gateway.end('SIGKILL');
      kills++;
      gateway = await startProcess({ folder, port });
    }
  })();
  try {
    const waiting = Array.from({ length: turns }, (_, i): Asked => ({ key: `turn-${i}`, session: `s${i}`, text: 'Look, then say' }));
    const held = new Map<string, (Held | undefined)[]>();
    const talk = async (): Promise<void> => {
      for (let asked = waiting.shift(); asked; asked = waiting.shift()) {
        const turn = asked;
        const followers = Array.from({ length: followersEach }, (_, i) =>
          followTurnBy(() => gateway, turn, { wire: i % 2 === 0 ? 'sse' : 'ws', cutAfterMs: () => random() * cutWithinMs, until, forgetful }));
        held.set(turn.session, await Promise.all(followers));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, talk));
    over = true;
    await killing;
    const client = connect({ baseUrl: gateway.url, token: gateway.token });
    let [connections, readers] = [0, 0];
    for (const [session, all] of held) {
      const { messages } = await client.call(sessionHistory, { session, includeTools: true });
      const steps = messages.flatMap(({ role, text }, i) => {
        if (role !== 'assistant') return [];
        const after = messages.slice(i + 1);
        const next = after.findIndex((message) => message.role !== 'tool');
        return [{ text, calls: next === -1 ? after.length : next }];
      });
      for (const [i, reader] of all.entries()) {
        readers++;
        connections += reader?.connections ?? 0;
        if (!reader) problems.add(`reader ${i} of ${session} never came to the end`);
        else {
          problems.expect(reader.repeated === 0, `reader ${i} of ${session} was shown ${reader.repeated} events twice`);
          problems.expect(JSON.stringify(reader.steps) === JSON.stringify(steps), `reader ${i} of ${session} holds ${JSON.stringify(reader.steps)}, the transcript ${JSON.stringify(steps)}`);
        }
      }
    }
    problems.expect(kills > 0, 'the work was over before the first kill');
    return { figures: `${readers} readers of ${turns} turns over ${connections} connections and ${kills} kills`, problems: problems.all };
  } finally {
    over = true;
    await killing.catch(() => {});
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const QUICK: Scale = { turns: 4, followersEach: 6, atOnce: 4, killEveryMs: 1_700, mostKills: 2, cutWithinMs: 1_500 };

export const resume: Scenario = {
  id: 'resume',
  title: 'S4 streams taken up again',
  quick: () => readOn(QUICK),
  full: () => readOn({ turns: 100, followersEach: 30, atOnce: 10, killEveryMs: 10_000, mostKills: Number.POSITIVE_INFINITY, cutWithinMs: 3_000 }),
  red: { 'a reader comes back as one who has seen nothing': () => readOn({ ...QUICK, forgetful: true }) },
};
