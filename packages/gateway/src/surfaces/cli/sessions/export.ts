import { writeFile } from 'node:fs/promises';
import { named } from '@openclaw/client';
import type { getSession, Message, Session } from '@openclaw/contract';
import { toJson, writeText } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { readHistory } from './read-history.ts';

interface ExportFlags {
  readonly format: 'markdown' | 'json' | 'jsonl';
  readonly output?: string;
  readonly force?: boolean;
}

type Writer = (session: Session, messages: readonly Message[]) => string;

const GET = named<typeof getSession>('sessions.get');

export const sessionsExport = async (host: CliHost, name: string, { format, output, force = false }: ExportFlags): Promise<void> => {
  const { client } = await host.connect();
  const session = await client.call(GET, { session: name });
  const messages = await readHistory(client, { session: session.id, tools: true });
  const text = WRITERS[format](session, messages);
  if (output === undefined) return writeText(text);
  // A conversation is for its owner alone.
  await writeFile(output, text, { mode: 0o600, flag: force ? 'w' : 'wx' }).catch((thrown: unknown) => {
    const taken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    throw new CliError(taken ? `${output} exists already; name another file, or say --force` : `${output} cannot be written: ${String(thrown)}`);
  });
  process.stderr.write(`${messages.length} messages of ${session.key} are in ${output}\n`);
};

const markdown: Writer = (session, messages) =>
  [
    `# ${session.label ?? session.key}\n`,
    `Session \`${session.key}\` (${session.id}), ${session.kind}, made ${session.createdAt}, ${messages.length} entries.\n`,
    ...messages.map(toSection),
  ].join('\n');

const toSection = ({ role, text, toolCall, model, createdAt }: Message): string => {
  if (toolCall) {
    const said = toolCall.output === null ? '' : `\n${fenced(toolCall.output)}`;
    return `### Tool \`${toolCall.tool}\` (${toolCall.state}), ${createdAt}\n\n${fenced(JSON.stringify(toolCall.input, undefined, 2))}${said}`;
  }
  const who = { user: 'User', assistant: 'Assistant', tool: 'Tool', summary: 'Summary of what was before' }[role];
  return `## ${who}${model === undefined ? '' : ` (${model})`}, ${createdAt}\n\n${text.trimEnd()}\n`;
};

/** A fence longer than any within. */
const fenced = (text: string): string => {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}\n${text}\n${fence}\n`;
};

const WRITERS: Readonly<Record<ExportFlags['format'], Writer>> = {
  markdown,
  json: (session, messages) => toJson({ session, messages }),
  jsonl: (_session, messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join(''),
};
