import { named } from '@openclaw/client';
import type { getWebhook, listWebhooks, Webhook } from '@openclaw/contract';
import { facts } from '../kit/facts.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listWebhooks>('webhooks.list');
const GET = named<typeof getWebhook>('webhooks.get');
const COLUMNS = [{ title: '' }, { title: 'WEBHOOK' }, { title: 'SOURCE' }, { title: 'EVENTS' }, { title: 'URL', flexible: true }] as const;
const SHOWN_EVENTS = 40;

export const webhooksList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const ask = (page: Page) => client.call(LIST, page).then((listed) => ({ rows: listed.webhooks, total: listed.total }));
  const { rows: webhooks } = await readPages(ask, { keyOf: ({ id }) => id });
  if (json) return writeJson({ webhooks, total: webhooks.length });
  if (webhooks.length === 0) return void process.stderr.write('There is no webhook yet. Try: openclaw webhooks add https://app.example/hook --events task.completed\n');
  writeLines(table(COLUMNS, webhooks.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
};

const toRow = ({ id, source, enabled, failingSince, events, url }: Webhook): readonly string[] => {
  const names = events.join(',');
  return [enabled ? (failingSince === null ? '+' : '!') : '-', id, source, names.length > SHOWN_EVENTS ? `${names.slice(0, SHOWN_EVENTS)}…` : names, url];
};

export const webhooksShow = async (host: CliHost, webhook: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const found = await client.call(GET, { webhook });
  if (json) writeJson(found);
  else showWebhook(found);
};

/** A webhook for a person; its secret, where it was made just now. */
export const showWebhook = (webhook: Webhook & { readonly secret?: string | undefined }): void => {
  process.stdout.write(
    facts([
      ['Webhook:', webhook.id],
      ['Name:', webhook.name === null ? undefined : plainLine(webhook.name)],
      ['Job:', webhook.job ?? undefined],
      ['URL:', plainLine(webhook.url)],
      ['Events:', webhook.events.map(plainLine).join(', ')],
      ['Workspace:', webhook.workspace ?? 'all'],
      ['State:', stateOf(webhook)],
      ['Signature:', webhook.signed ? webhook.signature : 'none: it has no secret'],
      ['Headers:', webhook.headers.length === 0 ? undefined : webhook.headers.map(plainLine).join(', ')],
      ['Filter:', webhook.filter === null ? undefined : JSON.stringify(webhook.filter)],
      ['Transform:', webhook.transform === null ? undefined : JSON.stringify(webhook.transform)],
      ['Ordering:', webhook.ordering === 'none' ? undefined : webhook.ordering],
      ['Tries:', webhook.retries === null ? (webhook.ordering === 'none' ? '10 in three days' : '8 in an hour') : `${webhook.retries + 1}`],
      ['Timeout:', `${webhook.timeoutMs} ms`],
      ['Secret:', webhook.secret],
    ]),
  );
  if (webhook.secret !== undefined) process.stdout.write('Save this secret immediately — it is only shown once.\n');
};

const stateOf = ({ enabled, disabledReason, failingSince }: Webhook): string => {
  if (!enabled) return `switched off${disabledReason === null ? '' : `: ${plainLine(disabledReason)}`}`;
  return failingSince === null ? 'in use' : `every try has failed since ${failingSince}`;
};
