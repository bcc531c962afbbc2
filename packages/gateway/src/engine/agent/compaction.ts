import { newId } from '../../kernel/ids.ts';
import { drain } from '../../kernel/drain.ts';
import type { Models, ResolvedModel } from '../models/index.ts';
import type { ModelMessage } from '../ports/model.ts';
import type { StepUsage, SummaryRecord } from '../ports/turn-records.ts';
import { estimateTokens, inWords, toConversation, type TurnRows } from './conversation.ts';
import type { CompactionSettings } from './settings.ts';

const SUMMARISE = `Summarise the conversation for an assistant that will go on with it and will not see it.
Keep facts, names, numbers, decisions, open questions and promises. Leave out small talk. At most 500 words.`;

/** More turns than this are summed up whatever they weigh: reading and sending them again each time costs every turn. */
const MOST_TURNS = 100;
const MOST_KEPT = 30;

/** What a model can still take, besides the instructions and the answer. */
export const roomFor = (contextTokens: number, taken: number, settings: CompactionSettings): number =>
  // A small model's context is not given away to the reserve.
  Math.max(1_000, contextTokens - taken - Math.min(settings.reserveTokens, contextTokens / 4));

/** The turns to sum up now, oldest first: none while the conversation fits. The running turn is never among them. */
export const turnsToCompact = (
  summary: string | undefined,
  turns: readonly TurnRows[],
  current: string,
  room: number,
  settings: CompactionSettings,
): readonly TurnRows[] => {
  if (!settings.enabled) return [];
  const earlier = turns.filter(({ turnId }) => turnId !== current);
  const fits = estimateTokens(toConversation(summary, turns, current)) <= room;
  if (fits && earlier.length <= MOST_TURNS) return [];
  let kept = 0;
  for (let tokens = 0; kept < Math.min(MOST_KEPT, earlier.length); kept++) {
    tokens += weigh(earlier[earlier.length - 1 - kept]);
    if (tokens > Math.min(settings.keepRecentTokens, room / 2)) break;
  }
  return earlier.slice(0, earlier.length - kept);
};

const weigh = (turn: TurnRows | undefined): number => (turn ? estimateTokens(toConversation(undefined, [turn], '')) : 0);

/** The newest turns that fit, where older ones may not or cannot be summed up. */
export const newestThatFit = (summary: string | undefined, turns: readonly TurnRows[], current: string, room: number): readonly TurnRows[] => {
  let left = room - estimateTokens(toConversation(summary, turns.filter(({ turnId }) => turnId === current), current));
  const first = turns.findLastIndex((turn) => turn.turnId !== current && (left -= weigh(turn)) < 0);
  return turns.slice(first + 1);
};

/** Sums turns up in the model's words; where the model cannot, says plainly how much is left out. */
export const summarise = async (
  models: Models,
  model: ResolvedModel,
  summary: string | undefined,
  turns: readonly TurnRows[],
  now: number,
  signal: AbortSignal,
): Promise<{ readonly record: SummaryRecord; readonly usage: StepUsage | undefined }> => {
  const last = turns.at(-1);
  const messages = fitted(inWords(toConversation(summary, turns, '')), model);
  const base = { messageId: newId('sum', now), coversUpTo: last?.seq ?? 0, now };
  try {
    let text = '';
    const request = { system: SUMMARISE, messages: [...messages, { role: 'user', text: SUMMARISE } satisfies ModelMessage], tools: [], maxTokens: 1_500 };
    const outcome = await drain(models.stream(model, request, signal), (event) => {
      if (event.type === 'text') text += event.delta;
      if (event.type === 'retry') text = '';
    });
    const usage = { ...outcome.usage, model: outcome.modelId, costUSD: outcome.costUSD, latencyMs: Math.round(outcome.latencyMs) };
    if (text.trim() !== '') return { record: { ...base, text: text.trim(), usage }, usage };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
  }
  const left = [summary, `(${turns.length} earlier exchanges are not shown.)`].filter(Boolean).join('\n');
  return { record: { ...base, text: left, usage: undefined }, usage: undefined };
};

/** The newest messages that fit into three quarters of the context, starting with a user's. Each is weighed once: there may be ten thousand. */
const fitted = (messages: readonly ModelMessage[], model: ResolvedModel): readonly ModelMessage[] => {
  let left = model.contextTokens * 0.75;
  const tooMuch = messages.findLastIndex((message) => (left -= estimateTokens([message])) < 0);
  const newest = messages.slice(Math.min(tooMuch + 1, messages.length - 1));
  const question = newest.findIndex(({ role }) => role === 'user');
  return question === -1 ? [] : newest.slice(question);
};
