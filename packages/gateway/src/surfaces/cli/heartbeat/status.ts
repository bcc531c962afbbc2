import { named } from '@openclaw/client';
import type { heartbeatStatus, OutputOf } from '@openclaw/contract';
import { sayDuration } from '../../../kernel/duration.ts';
import { facts } from '../kit/facts.ts';
import { ago } from '../kit/figures.ts';
import { plainLine, writeJson } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly agent?: string;
  readonly workspace?: string;
  readonly json?: boolean;
}

const STATUS = named<typeof heartbeatStatus>('heartbeat.status');

export const heartbeatStatusOf = async (host: CliHost, { json = false, ...asked }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const status = await client.call(STATUS, asked);
  if (json) return writeJson(status);
  process.stdout.write(facts(rowsOf(status)));
};

const rowsOf = ({ agent, workspace, everyMs, activeHours, nextAt, file, hasTasks, waiting, lastBeat }: OutputOf<typeof heartbeatStatus>) => [
  ['Heart of', `${agent} in ${workspace}`] as const,
  ['Beats', everyMs === null ? 'only when asked (agents.defaults.heartbeat.every has it beat by itself)' : `every ${sayDuration(everyMs)}`] as const,
  ['Awake', activeHours ? `${activeHours.start} to ${activeHours.end}, ${activeHours.timezone}` : undefined] as const,
  ['Next', nextAt === null ? undefined : `in ${sayDuration(Date.parse(nextAt) - Date.now())}`] as const,
  ['Looks at', `${plainLine(file)}${hasTasks ? '' : ' (nothing stands there)'}`] as const,
  ['Waiting', waiting === 0 ? undefined : `${waiting} ${waiting === 1 ? 'text' : 'texts'}`] as const,
  ['Last', lastBeat ? `${lastBeat.state}, ${ago(lastBeat.at)}${lastBeat.error ? `: ${plainLine(lastBeat.error.message)} [${lastBeat.error.code}]` : ''}` : 'not yet'] as const,
];
