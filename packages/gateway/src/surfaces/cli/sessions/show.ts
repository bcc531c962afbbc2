import { named } from '@openclaw/client';
import type { OutputOf, sessionStatus } from '@openclaw/contract';
import { ago, money, tokens } from '../kit/figures.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

const STATUS = named<typeof sessionStatus>('sessions.status');

export const sessionsShow = async (host: CliHost, session: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const status = await client.call(STATUS, { session });
  if (json) writeJson(status);
  else writeLines(describe(status));
};

const describe = ({ session, config }: OutputOf<typeof sessionStatus>): readonly string[] =>
  [
    ['Session', session.key],
    ['Id', session.id],
    ['Label', session.label],
    ['Kind', session.kind],
    ['Agent', session.agent],
    ['Workspace', session.workspace],
    ['User', session.userId],
    ['Channel', session.channel],
    ['Made', session.createdAt],
    ['Active', `${session.lastActiveAt} (${ago(session.lastActiveAt)})`],
    ['Messages', String(session.messageCount)],
    ['Tokens', tokens(session.usage)],
    ['Cost', money(session.usage.costUSD)],
    ['Model', config.model],
    ['Context', `${config.contextTokens} tokens, answers up to ${config.maxTokens}`],
    ['Time zone', config.timezone],
    ['Deadline', `${config.turnTimeoutSeconds} s a turn`],
    ['Tools', config.tools.length === 0 ? 'none' : config.tools.join(', ')],
  ].flatMap(([name, value]) => (typeof name === 'string' && typeof value === 'string' ? [`${name.padEnd(10)} ${plainLine(value)}`] : []));
