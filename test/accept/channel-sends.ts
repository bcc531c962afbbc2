import { connect } from '@openclaw/client';
import { listSends, type Send } from '@openclaw/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const DELIVERIES = ['at-least-once', 'at-most-once'] as const;
type Delivery = (typeof DELIVERIES)[number];

/** Every moment in which a crash could lose an answer, or send it twice. `dialled`: it has arrived, and its sender does not know yet. */
const WINDOWS = ['acceptTurn:before', 'acceptTurn:after', 'endTurn:before', 'endTurn:after', 'beginPart:before', 'beginPart:after', 'dialled', 'endPart:before', 'endPart:after'] as const;
type Window = (typeof WINDOWS)[number];
/** From the mark on the disk that a part is about to go out, to the one that it has. */
const IN_DOUBT: ReadonlySet<Window> = new Set(['beginPart:after', 'dialled', 'endPart:before']);

interface Scale {
  readonly windows: Partial<Readonly<Record<Delivery, readonly Window[]>>>;
  /** How often each. */
  readonly rounds: number;
  readonly people: number;
  readonly mutant?: Mutant;
}

const KILLED_WITHIN_MS = 8_000;
const SETTLED_WITHIN_MS = 25_000;

const sends = async (gateway: GatewayProcess): Promise<readonly Send[]> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const all: Send[] = [];
  for (;;) {
    const page = await client.call(listSends, { limit: 200, offset: all.length });
    all.push(...page.sends);
    if (page.sends.length === 0 || all.length >= page.total) return all;
  }
};

class Run {
  readonly #scale: Scale;
  readonly #delivery: Delivery;
  readonly #telegram: TelegramServer;
  readonly #problems: Problems;
  readonly #random = seeded(20_260_601);
  readonly #said: string[] = [];
  /** Kills that came between the mark that a part goes out and the one that it has. */
  #doubtful = 0;
  kills = 0;

  constructor(scale: Scale, delivery: Delivery, telegram: TelegramServer, problems: Problems) {
    this.#scale = scale;
    this.#delivery = delivery;
    this.#telegram = telegram;
    this.#problems = problems;
  }

  /** Each person says something, and the process ends in this window. */
  async kill(folder: string, window: Window): Promise<void> {
    const nth = 1 + Math.floor(this.#random() * this.#scale.people);
    const args = this.#args(window === 'dialled' ? undefined : `${window}:${nth}`);
    for (let person = 1; person <= this.#scale.people; person++) {
      const text = `m${this.#said.length}`;
      this.#said.push(text);
      this.#telegram.says({ chat: this.#telegram.person(person, `Person ${person}`), text });
    }
    const starting = startProcess({ folder, args });
    let heard = 0;
    this.#telegram.onSend(async () => {
      if (window !== 'dialled' || ++heard !== nth) return;
      const gateway = await starting;
      await gateway.end('SIGKILL');
    });
    const died = await this.#dies(starting);
    this.#problems.expect(died, `${this.#delivery}: nothing came to ${window}`);
    if (died) this.kills++;
    if (died && IN_DOUBT.has(window)) this.#doubtful++;
  }

  async #dies(starting: Promise<GatewayProcess>): Promise<boolean> {
    const over = new AbortController();
    try {
      const gateway = await starting;
      const died = await Promise.race([gateway.exited.then(() => true), sleep(KILLED_WITHIN_MS, false, { signal: over.signal }).catch(() => false)]);
      await gateway.end('SIGKILL');
      return died;
    } catch (thrown) {
      // What waited from before brought it there before it had said that it is ready.
      if (thrown instanceof StartFailed && thrown.code === null) return true;
      throw thrown;
    } finally {
      over.abort();
    }
  }

  /** What has become of all that was said, once nothing is under way any more. */
  async verdict(folder: string): Promise<string> {
    this.#telegram.onSend(() => {});
    await using gateway = await startProcess({ folder, args: this.#args(undefined) });
    const all = await this.#settled(gateway);
    const flagged = new Set(all.filter(({ doubts }) => doubts > 0).map(({ text }) => text));
    const doubts = all.reduce((sum, send) => sum + send.doubts, 0);
    const counts = this.#said.map((text) => ({ text: `re: ${text}`, count: this.#telegram.sent().filter((one) => one.text === `re: ${text}`).length }));
    const lost = counts.filter(({ text, count }) => count === 0 && !(this.#delivery === 'at-most-once' && flagged.has(text)));
    const twice = counts.reduce((sum, { count }) => sum + Math.max(0, count - 1), 0);
    const silent = counts.filter(({ text, count }) => count !== 1 && !flagged.has(text));
    const { expect } = this.#problems;
    const say = (holds: boolean, problem: string): void => expect.call(this.#problems, holds, `${this.#delivery}: ${problem}`);
    say(lost.length === 0, `${lost.length} answers lost: ${lost.map(({ text }) => text).join(', ')}`);
    say(twice <= (this.#delivery === 'at-most-once' ? 0 : this.kills), `${twice} answers arrived twice, with ${this.kills} kills`);
    say(silent.length === 0, `${silent.length} answers arrived twice or never, and are not flagged: ${silent.map(({ text }) => text).join(', ')}`);
    say(doubts >= this.#doubtful, `${doubts} doubts noted, with ${this.#doubtful} kills in doubt`);
    say(all.length === this.#said.length, `${all.length} sends for ${this.#said.length} messages`);
    say(all.every(({ state }) => state === 'sent' || (this.#delivery === 'at-most-once' && state === 'ambiguous')), `states: ${[...new Set(all.map(({ state }) => state))].join(', ')}`);
    return `${this.#delivery}: ${this.#said.length} messages, ${this.kills} kills (${this.#doubtful} in doubt), ${lost.length} lost, ${twice} twice, ${flagged.size} flagged with ${doubts} doubts`;
  }

  async #settled(gateway: GatewayProcess): Promise<readonly Send[]> {
    for (const end = performance.now() + SETTLED_WITHIN_MS; ; await sleep(150)) {
      const all = await sends(gateway);
      const over = all.length >= this.#said.length && all.every(({ state }) => state !== 'queued' && state !== 'sending') && this.#telegram.unconfirmed() === 0;
      if (over || performance.now() > end) return all;
    }
  }

  #args(moment: string | undefined): readonly string[] {
    return [...(moment === undefined ? [] : ['--die-at', moment]), ...(this.#scale.mutant ? ['--mutant', this.#scale.mutant] : [])];
  }
}

const killedWhileSending = async (scale: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const figures: string[] = [];
  for (const delivery of DELIVERIES) {
    const windows = scale.windows[delivery] ?? [];
    if (windows.length === 0) continue;
    await using model = await startModelServer({ script: ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` }) });
    await using telegram = await startTelegramServer();
    const folder = await makeStateDirectory(model.url, { channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, dmPolicy: 'open', delivery } } });
    try {
      const run = new Run(scale, delivery, telegram, problems);
      for (let round = 0; round < scale.rounds; round++) for (const window of windows) await run.kill(folder, window);
      figures.push(await run.verdict(folder));
    } finally {
      await removeFolder(folder);
    }
  }
  return { figures: figures.join('; '), problems: problems.all };
};

export const channelSends: Scenario = {
  id: 'channel-sends',
  title: 'T6 channel sends',
  quick: () => killedWhileSending({ windows: { 'at-least-once': ['acceptTurn:after', 'beginPart:after', 'dialled', 'endPart:before'], 'at-most-once': ['dialled'] }, rounds: 1, people: 3 }),
  full: () => killedWhileSending({ windows: { 'at-least-once': WINDOWS, 'at-most-once': WINDOWS }, rounds: 6, people: 6 }),
  red: {
    'a part is marked after it was sent': () => killedWhileSending({ windows: { 'at-least-once': ['dialled'] }, rounds: 2, people: 3, mutant: 'marks-after-sending' }),
    'what is in doubt is sent again where it must not be': () => killedWhileSending({ windows: { 'at-most-once': ['dialled'] }, rounds: 2, people: 3, mutant: 'always-sends-again' }),
    'messages are known in memory only': () => killedWhileSending({ windows: { 'at-least-once': ['acceptTurn:after'] }, rounds: 2, people: 3, mutant: 'forgets-arrivals' }),
    'a mark of what is under way is as good as its arrival': () => killedWhileSending({ windows: { 'at-least-once': ['beginPart:after'] }, rounds: 2, people: 3, mutant: 'marked-is-sent' }),
  },
};
