import type { Sql } from '../../../engine/ports/sql.ts';
import type { Duties, ReplyAddress, TurnEnding } from '../../../engine/ports/turn-records.ts';
import { toReport } from '../../../kernel/nothing-to-report.ts';
import type { EndedTurn } from './rows.ts';
import { insertSend } from './send-rows.ts';

type Ending = Pick<TurnEnding, 'state' | 'now'> & Partial<Pick<TurnEnding, 'reply' | 'error'>>;

/** What a turn was given to do in the transaction that ends it, however it ends. A turn that was given nothing costs nothing here. */
export const endDuties = async (sql: Sql, turn: EndedTurn, end: Ending): Promise<void> => {
  if (turn.duties === null) return;
  // Written by `acceptTurn` from what a way in entrusted it with.
  const duties = JSON.parse(turn.duties) as Duties;
  if (duties.deliver) await deliver(sql, turn, { end, address: duties.deliver });
};

const deliver = async (sql: Sql, turn: EndedTurn, { end, address }: { readonly end: Ending; readonly address: ReplyAddress }): Promise<void> => {
  const text = wordsFor(end, address);
  if (text === undefined) return;
  await insertSend(sql, {
    id: `send_${turn.id}`, address, text, turnId: turn.id, sessionKey: turn.session_key, workspace: turn.workspace ?? 'main', now: end.now,
  });
};

/** A failure is told in a sentence that shows nothing of the inside; whoever cancelled a turn knows that it is over. */
const wordsFor = ({ state, reply, error }: Ending, { inReplyTo }: ReplyAddress): string | undefined => {
  if (state === 'cancelled') return undefined;
  if (state === 'failed') return `This did not work (${error?.code ?? 'internal'}).`;
  return toReport(reply?.text ?? '', { asked: inReplyTo !== undefined });
};
