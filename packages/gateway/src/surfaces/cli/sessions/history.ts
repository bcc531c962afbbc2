import type { Message } from '@openclaw/contract';
import { paint } from '../kit/paint.ts';
import { plainLine, writeJson, writeText } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { readHistory } from './read-history.ts';

interface HistoryFlags {
  readonly limit: number;
  readonly tools?: boolean;
  readonly json?: boolean;
}

export const sessionsHistory = async (host: CliHost, session: string, { limit, tools = false, json = false }: HistoryFlags): Promise<void> => {
  const { client } = await host.connect();
  const messages = await readHistory(client, { session, limit, tools });
  if (json) return writeJson({ messages });
  if (messages.length === 0) process.stderr.write('Nothing has been said in this session yet.\n');
  for (const message of messages) showMessage(message);
};

/** One message as a conversation shows it. */
export const showMessage = ({ role, text, toolCall, model, createdAt }: Message): void => {
  if (toolCall) {
    process.stdout.write(`${paint('grey', plainLine(`· ${toolCall.tool} ${JSON.stringify(toolCall.input)}${toolCall.state === 'done' ? '' : ` (${toolCall.state})`}`), process.stdout)}\n\n`);
    return;
  }
  const who = role === 'user' ? 'You' : role === 'assistant' ? (model ?? 'Agent') : 'Summary of what was before';
  process.stdout.write(`${paint('bold', plainLine(who), process.stdout)} ${paint('grey', createdAt, process.stdout)}\n`);
  writeText(`${text.trimEnd()}\n\n`);
};
