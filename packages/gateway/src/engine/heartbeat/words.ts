import type { Wake } from '../ports/schedule-records.ts';
import type { MessageSource } from '../ports/turn-records.ts';
import { HEARTBEAT_FILE } from './heartbeat-file.ts';
import type { HeartbeatSettings } from './settings.ts';

/** As much of what waits as is told with one beat; the rest waits for the one after. */
const LONGEST = 100_000;
const SHOWN = 80;

export const USUAL_PROMPT = `This is your heartbeat: nobody has written to you. See whether anything below needs doing now, do it, and leave alone what was done before.
If nothing needs attention, answer HEARTBEAT_OK and nothing else. Otherwise say what your user should know.`;

/** What the agent has to look at. */
export interface Work {
  readonly tasks: string | undefined;
  readonly wakes: readonly Wake[];
}

interface Message {
  readonly text: string;
  readonly source: MessageSource | undefined;
  /** The texts that are told in it. */
  readonly wakes: readonly string[];
}

/** What the agent is told. What came from outside is marked where it stands. */
export const toMessage = (prompt: string, { tasks, wakes }: Work): Message => {
  let text = tasks === undefined ? prompt : `${prompt}\n\n## ${HEARTBEAT_FILE}\n${tasks}`;
  const told: string[] = [];
  const names = new Set<string>();
  const parts: (readonly [number, number])[] = [];
  for (const { id, text: words, source } of wakes) {
    if (told.length > 0 && text.length + words.length > LONGEST) break;
    text += told.length === 0 ? '\n\n## What happened meanwhile\n- ' : '\n- ';
    if (source) {
      names.add(source.name);
      for (const [from, to] of source.parts ?? [[0, words.length]]) parts.push([text.length + from, text.length + to]);
    }
    text += words;
    told.push(id);
  }
  return { text, source: parts.length === 0 ? undefined : { name: [...names].join(', '), parts }, wakes: told };
};

const short = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text).replaceAll(/\s+/g, ' ');

/** What a beat would do, to be read by a person. */
export const wouldDo = ({ tasks, wakes }: Work, { model, deliver }: { readonly model: string; readonly deliver: HeartbeatSettings['deliver'] }): string[] => {
  if (tasks === undefined && wakes.length === 0) return [];
  return [
    ...(tasks === undefined ? [] : [`would ask ${model} to look after ${HEARTBEAT_FILE}`]),
    ...wakes.map(({ text }) => `would tell ${model}: ${short(text)}`),
    ...(deliver === 'last' ? ['would send what it reports to where its owner wrote from last'] : deliver ? [`would send what it reports to ${deliver.to} on ${deliver.channel}`] : []),
  ];
};

/** What a turn did, from the tools it called. */
export const actionsOf = (tools: readonly string[]): string[] => [...new Set(tools)].map((tool) => `used ${tool.replaceAll(/[_.-]+/g, ' ').trim()}`);
