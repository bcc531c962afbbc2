import { sendOf } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { Duties, ReplyAddress, TurnEnding } from '../../../engine/ports/turn-records.ts';
import { toReport } from '../../../kernel/nothing-to-report.ts';
import { endRun } from './cron-rows.ts';
import { lastHeardFrom } from './last-heard-from.ts';
import type { EndedTurn } from './rows.ts';
import { dropDraft, insertSend } from './send-rows.ts';

type Ending = Pick<TurnEnding, 'state' | 'now'> & Partial<Pick<TurnEnding, 'reply' | 'error'>>;

/** What a turn was given to do in the transaction that ends it, however it ends. A turn that was given nothing costs nothing here. */
export const endDuties = async (sql: Sql, turn: EndedTurn, end: Ending): Promise<void> => {
  if (turn.duties === null) return;
  // Written by `acceptTurn` from what a way in entrusted it with.
  const duties = JSON.parse(turn.duties) as Duties;
  const address = duties.deliver ?? (duties.deliverToLast && (await lastHeardFrom(sql, turn.workspace ?? 'main', duties.deliverToLast.channels)));
  if (address) await deliver(sql, turn, { end, address });
  const nowhere = address === undefined && duties.deliverToLast !== undefined && wordsFor(end, {}) !== undefined;
  if (duties.run) await endRun(sql, turn, duties.run, { ...end, note: nowhere ? NOWHERE : undefined });
};

const NOWHERE = 'the answer went nowhere: nobody whom the owner has named has written through a channel lately';

const deliver = async (sql: Sql, turn: EndedTurn, { end, address }: { readonly end: Ending; readonly address: ReplyAddress }): Promise<void> => {
  const id = sendOf(turn.id);
  const text = wordsFor(end, address);
  if (text === undefined) return dropDraft(sql, id, end.state === 'cancelled' ? 'cancelled' : 'nothing to report', end.now);
  await insertSend(sql, {
    id, address, text, turnId: turn.id, sessionKey: turn.session_key, workspace: turn.workspace ?? 'main', now: end.now,
  });
};

/** A failure is told in a sentence that shows nothing of the inside; whoever cancelled a turn knows that it is over. */
const wordsFor = ({ state, reply, error }: Ending, { inReplyTo }: Pick<ReplyAddress, 'inReplyTo'>): string | undefined => {
  if (state === 'cancelled') return undefined;
  if (state === 'failed') return `This did not work (${error?.code ?? 'internal'}).`;
  return toReport(reply?.text ?? '', { asked: inReplyTo !== undefined });
};
