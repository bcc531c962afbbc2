import type { Sql } from '../../../engine/ports/sql.ts';
import type { OwnedChannel, ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { isOneOf } from './session-transactions.ts';

/** Where somebody whom the owner has named wrote from last. Whoever may write only because everybody may is nobody of theirs. */
export const lastHeardFrom = async (sql: Sql, workspace: string, channels: readonly OwnedChannel[]): Promise<ReplyAddress | undefined> => {
  const row = await sql.one<{ allowlist: string }>('SELECT allowlist FROM workspaces WHERE id = ?', workspace);
  // Written by `addWorkspace` and `changeWorkspace`.
  const allowlist = row ? (JSON.parse(row.allowlist) as string[]) : [];
  let newest: { readonly at: number; readonly address: ReplyAddress } | undefined;
  for (const { name: channel, driver, allowFrom } of channels) {
    const senders = sendersOf(driver, [...allowFrom, ...allowlist]);
    const last = await sql.one<{ conversation: string; at: number }>(
      `SELECT conversation, at FROM arrivals WHERE channel = ? AND refused IS NULL AND ${isOneOf('sender', senders)} ORDER BY at DESC LIMIT 1`, channel, ...senders,
    );
    if (last && last.at > (newest?.at ?? Number.NEGATIVE_INFINITY)) newest = { at: last.at, address: { channel, to: last.conversation } };
  }
  return newest?.address;
};

/** As arrivals have them, whichever way they are listed: by the id alone, or with its channel. One that is only claimed is called otherwise there. */
const sendersOf = (driver: string, list: readonly string[]): readonly string[] => [
  ...new Set(list.filter((entry) => entry !== '*').flatMap((entry) => [`${driver}:${entry}`, ...(entry.startsWith(`${driver}:`) ? [entry] : [])]).filter((sender) => !sender.startsWith(`${driver}:?`))),
];
