import { named } from '@openclaw/client';
import type { AuditRecord, listAudit, RequestOf } from '@openclaw/contract';
import { table } from '../kit/table.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

const LIST = named<typeof listAudit>('audit.list');
const PAGE = 1_000;

type Filter = Pick<RequestOf<typeof listAudit>, 'caller' | 'operation' | 'outcome' | 'from' | 'to'>;

export const auditList = async (host: CliHost, { json = false, limit, ...filter }: Filter & { readonly limit: number; readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const entries: AuditRecord[] = [];
  let before: number | null | undefined;
  while (entries.length < limit && before !== null) {
    const page = await client.call(LIST, { ...filter, limit: Math.min(PAGE, limit - entries.length), ...(before !== undefined && { before }) });
    entries.push(...page.entries);
    before = page.next;
  }
  if (json) return writeJson({ entries });
  if (entries.length === 0) return void process.stderr.write('There is no such entry\n');
  writeLines(table(COLUMNS, entries.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
};

const COLUMNS = [{ title: 'TIME' }, { title: 'WHO' }, { title: 'FROM' }, { title: 'OPERATION' }, { title: 'OUTCOME' }, { title: 'ON', flexible: true }] as const;

const toRow = ({ at, caller, label, address, surface, operation, outcome, resource }: AuditRecord): readonly string[] => [
  at.replace('T', ' ').slice(0, 19), label ?? caller, address ?? surface ?? '', operation, outcome, resource ?? '',
];
