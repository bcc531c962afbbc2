import { existsSync } from 'node:fs';
import type { AuditVerdict } from '@openclaw/contract';
import { auditTransactions } from '../../drivers/stores/kit/audit-transactions.ts';
import { readSqlite } from '../../drivers/stores/sqlite/index.ts';
import { verifyChain } from '../../engine/audit/index.ts';
import { CliError } from '../../surfaces/cli/host.ts';
import { loadConfig } from '../config/load-config.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';

/** Follows the chain in the database of this machine, changing nothing; undefined where the log is not in it. */
export const verifyAuditAtRest = async (env: Environment, expect: string | undefined): Promise<AuditVerdict | undefined> => {
  const { database } = stateFolder(env);
  // A broken configuration must not keep the log from being looked at.
  const postgresUrl = await loadConfig({ env }).then(({ settings }) => settings.store.postgresUrl, () => undefined);
  if (env['OPENCLAW_URL'] || postgresUrl !== undefined || !existsSync(database)) return undefined;
  const { sql, close } = readSqlite(database);
  try {
    return await verifyChain({ auditRows: (after, limit) => auditTransactions.auditRows(sql, { after, limit }), auditEnds: () => auditTransactions.auditEnds(sql) }, expect);
  } catch (thrown) {
    throw new CliError(`The audit log in ${database} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  } finally {
    close();
  }
};
