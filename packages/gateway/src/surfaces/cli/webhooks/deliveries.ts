import { named } from '@openclaw/client';
import type { Delivery, listDeliveries, redeliver, replayWebhook, testWebhook } from '@openclaw/contract';
import { ago } from '../kit/figures.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

const TEST = named<typeof testWebhook>('webhooks.test');
const DELIVERIES = named<typeof listDeliveries>('webhooks.deliveries');
const REDELIVER = named<typeof redeliver>('webhooks.redeliver');
const REPLAY = named<typeof replayWebhook>('webhooks.replay');
/** The largest page of these. */
const PAGE = 100;

/** Ends with 1 where the endpoint did not take it. */
export const webhooksTest = async (host: CliHost, webhook: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const { ok, status, latencyMs, error, response } = await client.call(TEST, { webhook });
  if (json) writeJson({ ok, status, latencyMs, error, response });
  else writeLines([ok ? `taken with ${status} after ${latencyMs} ms` : `not taken after ${latencyMs} ms: ${plainLine(error ?? '')}`, ...(response ? [plainLine(response)] : [])]);
  if (!ok) process.exitCode = 1;
};

interface ListFlags {
  readonly state?: Delivery['state'];
  readonly limit: number;
  readonly json?: boolean;
}

const COLUMNS = [{ title: 'STATE' }, { title: 'WHEN' }, { title: 'EVENT' }, { title: 'TRIES', align: 'right' }, { title: 'LAST' }, { title: 'DELIVERY', flexible: true }] as const;

export const webhooksDeliveries = async (host: CliHost, webhook: string, { json = false, limit, state }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const ask = ({ limit: size, offset }: Page) =>
    client.call(DELIVERIES, { webhook, limit: Math.min(PAGE, size), offset, ...(state && { state }) }).then(({ deliveries: rows, total }) => ({ rows, total }));
  const { rows: deliveries, total } = await readPages(ask, { keyOf: ({ id }) => id, limit: Math.min(limit, PAGE) });
  if (json) return writeJson({ deliveries, total });
  if (deliveries.length === 0) return void process.stderr.write('There is no such delivery.\n');
  writeLines(table(COLUMNS, deliveries.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > deliveries.length) process.stderr.write(`${deliveries.length} of ${total}\n`);
};

const toRow = ({ id, state, at, event, tries }: Delivery): readonly string[] => {
  const last = tries.at(-1);
  return [state, ago(at), event, String(tries.length), last === undefined ? '' : (last.error ?? String(last.status)), id];
};

interface ReplayFlags {
  readonly since?: string;
  readonly delivered?: boolean;
  readonly json?: boolean;
}

export const webhooksReplay = async (host: CliHost, webhook: string, delivery: string | undefined, { since, delivered = false, json = false }: ReplayFlags): Promise<void> => {
  if ((delivery === undefined) === (since === undefined)) throw new CliError('name one delivery, or say --since', 2);
  const { client } = await host.connect();
  if (delivery !== undefined) {
    const begun = await client.call(REDELIVER, { webhook, delivery });
    return json ? writeJson(begun) : writeLines([`${plainLine(begun.id)} is sent again`]);
  }
  const { replayed } = await client.call(REPLAY, { webhook, since: momentOf(since ?? ''), delivered });
  if (json) writeJson({ replayed });
  else writeLines([`${replayed} ${replayed === 1 ? 'delivery is' : 'deliveries are'} sent`]);
};

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const momentOf = (text: string): string => {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const at = UNITS[unit] === undefined ? Date.parse(text) : Date.now() - Number(count) * UNITS[unit];
  if (Number.isNaN(at)) throw new CliError(`--since: "${text}" is neither a time (2027-01-31T10:00Z) nor how long ago (30m, 2h, 3d)`, 2);
  return new Date(at).toISOString();
};
