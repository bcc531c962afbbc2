import type { NewSend, SendFilter, SendRecord } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { insertSend, type SendRow, toSend } from './send-rows.ts';
import { isOneOf } from './session-transactions.ts';

const listSends = async (sql: Sql, filter: SendFilter): Promise<{ sends: SendRecord[]; total: number }> => {
  const { channel, states, doubtful, workspaces } = filter;
  const condition = [
    'WHERE', isOneOf('channel', channel === undefined ? undefined : [channel]), 'AND', isOneOf('state', states), 'AND', isOneOf('workspace', workspaces), doubtful ? 'AND doubts > 0' : '',
  ].join(' ');
  const values = [...(channel === undefined ? [] : [channel]), ...(states ?? []), ...(workspaces ?? [])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM sends ${condition}`, ...values);
  const rows = await sql.all<SendRow>(`SELECT * FROM sends ${condition} ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?`, ...values, filter.limit, filter.offset);
  return { sends: rows.map(toSend), total: count?.total ?? 0 };
};

const addSend = (sql: Sql, send: NewSend): Promise<void> => insertSend(sql, send);

export const sendTransactions = { listSends, addSend };
