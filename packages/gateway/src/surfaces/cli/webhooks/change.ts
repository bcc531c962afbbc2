import { named } from '@openclaw/client';
import type { createWebhook, deleteWebhook, RequestOf, rotateWebhook, updateWebhook } from '@openclaw/contract';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { showWebhook } from './show.ts';

interface Settings {
  readonly name?: string;
  readonly events?: string[];
  readonly header?: readonly string[];
  readonly filter?: string;
  readonly transform?: string;
  readonly ordering?: 'none' | 'session' | 'fifo';
  readonly signature?: 'prefixed' | 'bare';
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  readonly json?: boolean;
}

const CREATE = named<typeof createWebhook>('webhooks.create');
const UPDATE = named<typeof updateWebhook>('webhooks.update');
const DELETE = named<typeof deleteWebhook>('webhooks.delete');
const ROTATE = named<typeof rotateWebhook>('webhooks.rotate');

export const webhooksAdd = async (host: CliHost, url: string, { json = false, secret, workspace, ...settings }: Settings & { readonly secret?: string; readonly workspace?: string }): Promise<void> => {
  const { events = [], ...input } = toInput(settings);
  if (events.length === 0) throw new CliError('say which events, such as --events task.completed,task.failed, or --events "*"', 2);
  const { client } = await host.connect();
  const made = await client.call(CREATE, { url, events, ...input, ...(secret !== undefined && { secret }), ...(workspace !== undefined && { workspace }) });
  if (json) writeJson(made);
  else showWebhook(made);
};

export const webhooksUpdate = async (host: CliHost, webhook: string, { json = false, url, ...settings }: Settings & { readonly url?: string }): Promise<void> => {
  const { client } = await host.connect();
  const changed = await client.call(UPDATE, { webhook, ...(url !== undefined && { url }), ...toInput(settings) });
  if (json) writeJson(changed);
  else showWebhook(changed);
};

export const webhooksSwitch = async (host: CliHost, webhook: string, enabled: boolean, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const changed = await client.call(UPDATE, { webhook, enabled });
  if (json) writeJson(changed);
  else showWebhook(changed);
};

export const webhooksRotate = async (host: CliHost, webhook: string, { json = false, secret }: { readonly json?: boolean; readonly secret?: string }): Promise<void> => {
  const { client } = await host.connect();
  const changed = await client.call(ROTATE, { webhook, ...(secret !== undefined && { secret }) });
  if (json) return writeJson(changed);
  // What somebody has typed they know.
  const { secret: made, ...shown } = changed;
  showWebhook(secret === undefined ? { ...shown, secret: made } : shown);
};

export const webhooksRemove = async (host: CliHost, webhook: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const removed = await client.call(DELETE, { webhook });
  if (json) writeJson(removed);
  else writeLines([`${plainLine(webhook)} is removed`]);
};

const toInput = ({ header, filter, transform, ...rest }: Settings) => ({
  ...rest,
  ...(header && { headers: Object.fromEntries(header.map(toHeader)) }),
  ...(filter !== undefined && { filter: readJson(filter, '--filter') as Filter }),
  ...(transform !== undefined && { transform: readJson(transform, '--transform') as Transform }),
});

// The gateway reads them with its own schema, and says what is wrong with them.
type Filter = NonNullable<RequestOf<typeof createWebhook>['filter']>;
type Transform = NonNullable<RequestOf<typeof createWebhook>['transform']>;

const toHeader = (text: string): readonly [string, string] => {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new CliError(`--header: write "Name: value", not ${JSON.stringify(text)}`, 2);
  return [name, value];
};

const readJson = (text: string, flag: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(`${flag}: this is not JSON: ${text}`, 2);
  }
};
