import { named } from '@openclaw/client';
import type { triggerHeartbeat } from '@openclaw/contract';
import { plainLine, writeJson, writeLines, writeText } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly dryRun?: boolean;
  readonly agent?: string;
  readonly workspace?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

const TRIGGER = named<typeof triggerHeartbeat>('heartbeat.trigger');

export const heartbeatRun = async (host: CliHost, { json = false, timeout: timeoutSeconds, ...asked }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const beat = await client.call(TRIGGER, { ...asked, timeoutSeconds });
  if (json) return writeJson(beat);
  if (beat.dryRun) {
    const [first, ...rest] = beat.wouldDo ?? [];
    return writeLines(first === undefined ? ['There is nothing to do: no model would be asked.'] : [first, ...rest].map((line) => plainLine(line)));
  }
  if (beat.report !== null) writeText(`${beat.report}\n`);
  const did = beat.actionsTaken.length === 0 ? '' : `; ${beat.actionsTaken.join(', ')}`;
  const told = beat.turnId === null ? 'nothing to do, no model was asked' : `${beat.tokensUsed} tokens${did}`;
  process.stderr.write(`· ${beat.status}: ${told}\n`);
};
