/** Tools of each effect that write down when they act, so that it can be counted however their process died. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool, type Tool, type ToolEffect } from '../../packages/gateway/src/engine/ports/tool.ts';

/** What the tools of a turn are called, by what running them twice would mean. */
export const TOOL_OF = { none: 'look', idempotent: 'stamp', once: 'pay' } as const satisfies Record<ToolEffect, string>;

export interface JournalLine {
  readonly label: string;
  readonly tool: string;
  readonly callId: string;
  readonly phase: 'begin' | 'end';
}

const input = z.object({ label: z.string() });
/** How long a tool acts: wide enough for a kill to fall between. */
const ACTS_MS = 40;

export const faultTools = (journal: string | undefined): readonly Tool[] => [
  ...(['none', 'idempotent', 'once'] as const).map((effect) => journalTool(effect, journal)),
  poison,
];

const journalTool = (effect: ToolEffect, journal: string | undefined): Tool =>
  defineTool({
    name: TOOL_OF[effect],
    description: `Acts; its effect is ${effect}`,
    effect,
    input,
    run: async ({ label }, { callId }) => {
      const write = (phase: JournalLine['phase']): void => {
        // One write of one line: nothing of it is lost with the process.
        if (journal) appendFileSync(journal, `${JSON.stringify({ label, tool: TOOL_OF[effect], callId, phase } satisfies JournalLine)}\n`);
      };
      write('begin');
      await sleep(ACTS_MS);
      write('end');
      return `did ${label}`;
    },
  }) as Tool; // the input's own type is known to `run` alone

const poison = defineTool({
  name: 'poison',
  description: 'Takes the process down',
  effect: 'none',
  input: z.object({}),
  run: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise<string>(() => {});
  },
}) as Tool; // as above

export const readJournal = (file: string): readonly JournalLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    // Written by the tools above.
    .map((line) => JSON.parse(line) as JournalLine);
