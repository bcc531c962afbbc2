import { named, Unreachable } from '@openclaw/client';
import type { AuditVerdict, verifyAudit } from '@openclaw/contract';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

const VERIFY = named<typeof verifyAudit>('audit.verify');

export const auditVerify = async (host: CliHost, { expect, json = false }: { readonly expect?: string; readonly json?: boolean }): Promise<void> => {
  const verdict = await verdictOf(host, expect);
  if (json) writeJson(verdict);
  else if (verdict.ok) writeLines(describe(verdict, expect));
  const { broken } = verdict;
  if (broken) throw new CliError(json ? 'The audit log is broken' : `The audit log is broken at row ${broken.seq}, after ${verdict.rows} that are in order: ${plainLine(broken.reason)}`);
};

/** A gateway that does not run cannot be asked; its log can be looked at all the same. */
const verdictOf = async (host: CliHost, expect: string | undefined): Promise<AuditVerdict> => {
  const { client } = await host.connect();
  try {
    return await client.call(VERIFY, expect === undefined ? {} : { expect });
  } catch (thrown) {
    const verdict = thrown instanceof Unreachable ? await host.verifyAuditAtRest(expect) : undefined;
    if (!verdict) throw thrown;
    return verdict;
  }
};

const describe = ({ rows, head }: AuditVerdict, expect: string | undefined): readonly string[] => [
  `The audit log is in order: ${rows} ${rows === 1 ? 'row' : 'rows'}${expect === undefined ? '' : ', the expected head among them'}`,
  ...(head === '' ? [] : [`head ${head}`]),
];
