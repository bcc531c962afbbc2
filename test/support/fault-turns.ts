/** The turns of the fault suite: three model steps, two of them with tools, each told apart by its label; and what must be true of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, type Reply, sendMessage, sessionHistory, watchTurn } from '@openclaw/contract';
import type { StubbornClient } from './fault-client.ts';
import { Problems } from './fault-outcome.ts';
import { type JournalLine, TOOL_OF } from './fault-tools.ts';
import type { ModelScript } from './model-server.ts';

export interface Work {
  readonly sessions: number;
  readonly turnsEach: number;
}

export interface Answered {
  readonly label: string;
  readonly key: string;
  readonly reply: Reply;
}

/** What became of a run: how each turn was answered, and what the model was told of calls that were cut off. */
export interface Load {
  readonly answered: Answered[];
  readonly failures: string[];
  readonly told: Map<string, string>;
}

export const newLoad = (): Load => ({ answered: [], failures: [], told: new Map() });

const sessionName = (session: number): string => `fault-${session}`;
const labelOf = (session: number, turn: number): string => `s${session} t${turn}`;

/** Asks for the first two tools, then for the one that may run once only, then answers. */
export const scriptOf = ({ told }: Pick<Load, 'told'>, { stepMs, random }: { readonly stepMs: number; readonly random: () => number }): ModelScript =>
  async ({ messages }) => {
    await sleep(stepMs * (0.5 + random()));
    const at = messages.findLastIndex(({ role }) => role === 'user');
    const label = messages[at]?.text ?? '';
    const results = messages.slice(at + 1).filter(({ role }) => role === 'tool');
    if (results.length === 0) return { toolCalls: [TOOL_OF.none, TOOL_OF.idempotent].map((tool) => ({ tool, input: { label } })) };
    if (results.length === 2) return { toolCalls: [{ tool: TOOL_OF.once, input: { label } }] };
    told.set(label, results[2]?.text ?? '');
    return { text: answerTo(label) };
  };

const answerTo = (label: string): string => `re ${label}`;

/** Sends all turns: each session in order, half of them waiting for each reply, half handing in ahead. Resolves when all are answered. */
export const sendAll = async (client: StubbornClient, { sessions, turnsEach }: Work, load: Load): Promise<void> => {
  await Promise.all(
    Array.from({ length: sessions }, (_, session) => (session % 2 === 0 ? waiting(client, session, turnsEach, load) : ahead(client, session, turnsEach, load))),
  );
};

const note = async (load: Load, label: string, work: () => Promise<Reply>): Promise<void> => {
  try {
    load.answered.push({ label, key: `key ${label}`.replaceAll(' ', '-'), reply: await work() });
  } catch (thrown) {
    load.failures.push(`${label}: ${String(thrown)}`);
  }
};

const waiting = async (client: StubbornClient, session: number, turns: number, load: Load): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    const label = labelOf(session, turn);
    await note(load, label, () => sendAndWait(client, session, label));
  }
};

const sendAndWait = async (client: StubbornClient, session: number, label: string): Promise<Reply> => {
  const output = await client.call(sendMessage, { session: sessionName(session), text: label }, `key-${label.replaceAll(' ', '-')}`);
  if (!('text' in output)) throw new Error('answered without a reply');
  return output;
};

/** Up to this many turns of a session are handed in before their replies are waited for. */
const AHEAD = 4;

const ahead = async (client: StubbornClient, session: number, turns: number, load: Load): Promise<void> => {
  for (let first = 0; first < turns; first += AHEAD) {
    const replies: Promise<void>[] = [];
    for (let turn = first; turn < Math.min(turns, first + AHEAD); turn++) {
      const label = labelOf(session, turn);
      const handedIn = await handIn(client, session, label, load);
      if (handedIn !== undefined) replies.push(note(load, label, () => replyOf(client, handedIn)));
    }
    await Promise.all(replies);
  }
};

const handIn = async (client: StubbornClient, session: number, label: string, load: Load): Promise<string | undefined> => {
  try {
    const input = { session: sessionName(session), text: label, timeoutSeconds: 0 };
    const { turnId } = await client.call(sendMessage, input, `key-${label.replaceAll(' ', '-')}`);
    return turnId;
  } catch (thrown) {
    load.failures.push(`${label}: ${String(thrown)}`);
    return undefined;
  }
};

const replyOf = async (client: StubbornClient, turn: string): Promise<Reply> => {
  const { reply, error } = await client.call(watchTurn, { turn });
  if (!reply) throw new Error(error ? `${error.code}: ${error.message}` : 'over without a reply');
  return reply;
};

export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  readonly interrupted: number;
  readonly problems: readonly string[];
}

/** Reads every transcript back and compares it with what was sent, answered and done. */
export const verify = async (client: StubbornClient, { sessions, turnsEach }: Work, load: Load, journal: readonly JournalLine[]): Promise<Verdict> => {
  const problems = new Problems();
  const acted = byLabel(journal);
  let [lost, doubled, interrupted] = [0, 0, 0];
  for (const failure of load.failures) problems.add(`not answered: ${failure}`);
  for (let session = 0; session < sessions; session++) {
    const messages = await wholeHistory(client, session);
    const sent = Array.from({ length: turnsEach }, (_, turn) => labelOf(session, turn));
    const asked = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
    lost += sent.filter((label) => !asked.includes(label)).length;
    doubled += asked.length - new Set(asked).size;
    problems.expect(asked.join() === sent.join(), `session ${session}: the transcript asks ${brief(asked)}`);
    for (const label of sent) {
      const rows = messages.filter(({ turnId }) => turnId === turnOf(messages, label));
      const answers = rows.filter(({ role, text }) => role === 'assistant' && text === answerTo(label)).length;
      if (answers === 0) lost++;
      doubled += Math.max(0, answers - 1);
      problems.expect(answers === 1, `${label}: ${answers} final answers in the transcript`);
      const paid = checkCalls(problems, label, rows, acted.get(label) ?? [], load.told.get(label) ?? '');
      doubled += paid.doubled;
      interrupted += paid.interrupted;
    }
  }
  checkReplies(problems, load);
  problems.expect(load.answered.length === sessions * turnsEach, `${load.answered.length} of ${sessions * turnsEach} turns were answered`);
  return { lost, doubled, interrupted, problems: problems.all };
};

/** The second time a key is used, the same reply comes back; two keys never share one. */
export const verifyReplays = async (client: StubbornClient, load: Load): Promise<readonly string[]> => {
  const problems = new Problems();
  for (const { label, reply } of load.answered) {
    const session = Number(/^s(\d+)/.exec(label)?.[1]);
    if (session % 2 !== 0) continue;
    const again = await sendAndWait(client, session, label);
    problems.expect(again.messageId === reply.messageId, `${label}: its key brought another reply the second time`);
  }
  return problems.all;
};

const checkReplies = (problems: Problems, { answered }: Load): void => {
  for (const { label, reply } of answered) problems.expect(reply.text === answerTo(label), `${label} was answered "${reply.text}"`);
  const ids = new Set(answered.map(({ reply }) => reply.messageId));
  problems.expect(ids.size === answered.length, `${answered.length - ids.size} replies were given to two keys`);
};

const checkCalls = (problems: Problems, label: string, rows: readonly Message[], acted: readonly JournalLine[], told: string): { doubled: number; interrupted: number } => {
  const rowsOf = (tool: string) => rows.flatMap(({ toolCall }) => (toolCall?.tool === tool ? [toolCall] : []));
  for (const tool of Object.values(TOOL_OF)) problems.expect(rowsOf(tool).length === 1, `${label}: ${rowsOf(tool).length} calls of ${tool} in the transcript`);
  const stamps = new Set(acted.filter(({ tool }) => tool === TOOL_OF.idempotent).map(({ callId }) => callId));
  problems.expect(stamps.size === 1, `${label}: the idempotent tool acted under ${stamps.size} ids`);

  const begun = acted.filter(({ tool, phase }) => tool === TOOL_OF.once && phase === 'begin').length;
  const state = rowsOf(TOOL_OF.once)[0]?.state;
  problems.expect(begun <= 1, `${label}: the tool that may run once only was begun ${begun} times`);
  problems.expect(state === 'done' || state === 'interrupted', `${label}: the call that may run once only is ${state}`);
  if (state === 'done') problems.expect(begun === 1, `${label}: a call is done that never began`);
  if (state === 'interrupted') problems.expect(/interrupted/i.test(told), `${label}: the model was told "${told}" of an interrupted call`);
  return { doubled: Math.max(0, begun - 1), interrupted: state === 'interrupted' ? 1 : 0 };
};

const turnOf = (messages: readonly Message[], label: string): string | null | undefined => messages.find(({ role, text }) => role === 'user' && text === label)?.turnId;

const byLabel = (journal: readonly JournalLine[]): ReadonlyMap<string, readonly JournalLine[]> => Map.groupBy(journal, ({ label }) => label);

const brief = (texts: readonly string[]): string => (texts.length > 8 ? `${texts.slice(0, 8).join(', ')} … (${texts.length})` : texts.join(', '));

const PAGE = 200;

const wholeHistory = async (client: StubbornClient, session: number): Promise<readonly Message[]> => {
  const pages: Message[] = [];
  for (let offset = 0; offset < 100_000; offset += PAGE) {
    const { messages } = await client.call(sessionHistory, { session: sessionName(session), limit: PAGE, offset, includeTools: true });
    pages.unshift(...messages);
    if (messages.length < PAGE) break;
  }
  return pages;
};
