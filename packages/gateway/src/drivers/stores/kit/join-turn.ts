import type { QueueInTransaction, Sql } from '../../../engine/ports/sql.ts';
import type { AcceptedTurn, Duties, Fence, NewTurn } from '../../../engine/ports/turn-records.ts';
import { insertArrival } from './arrival-transactions.ts';
import { advanceSession, imagesColumn, insertEvent } from './append.ts';
import { endDuties } from './duties.ts';
import { ENDED, type EndedTurn, type MessageRow, type SessionRow, toImages, type TurnRow } from './rows.ts';
import { received } from './turn-events.ts';
import { guard, sessionGone } from './turn-guard.ts';
import { noteMessage } from './usage-entries.ts';

const LONGEST_TEXT = 200_000;

/** Adds a message to the turn of its session that has not begun, where that came the same way. Undefined where there is none. */
export const joinWaiting = async (sql: Sql, turn: NewTurn): Promise<AcceptedTurn | undefined> => {
  const session = 'key' in turn.session ? await sql.one<SessionRow>('SELECT * FROM sessions WHERE key = ?', turn.session.key) : undefined;
  const newest = session && (await sql.one<MessageRow & { turn_seq: number }>(`SELECT * FROM messages WHERE session_id = ? AND role = 'user' ORDER BY turn_seq DESC, seq DESC LIMIT 1`, session.id));
  if (!newest || newest.source !== (turn.source ? JSON.stringify(turn.source) : null) || newest.text.length + turn.text.length > LONGEST_TEXT) return undefined;
  // Holds the row: from here on it cannot begin before this is committed.
  const waiting = await sql.one<TurnRow>(`UPDATE turns SET attempts = attempts WHERE id = ? AND state = 'queued' AND attempts = 0 RETURNING *`, newest.turn_id);
  if (!waiting || !goTheSameWay(waiting, { caller: JSON.stringify(turn.caller), deliver: turn.duties?.deliver })) return undefined;
  const images = imagesColumn([...toImages(newest.images), ...(turn.images ?? [])]);
  await sql.run('UPDATE messages SET text = ?, images = ? WHERE session_id = ? AND turn_seq = ? AND seq = ?', `${newest.text}\n\n${turn.text}`, images, session.id, newest.turn_seq, newest.seq);
  await sql.run('UPDATE turns SET duties = ? WHERE id = ?', turn.duties ? JSON.stringify(turn.duties) : null, waiting.id);
  if (turn.once) await sql.run('UPDATE answers SET ref = ? WHERE scope = ? AND key = ?', waiting.id, turn.once.scope, turn.once.key);
  if (turn.arrival) await insertArrival(sql, turn.arrival, null, turn.now);
  await noteMessage(sql, { workspace: session.workspace, agent: session.agent, user_id: turn.userId ?? session.user_id, caller: turn.caller }, turn.now);
  await insertEvent(sql, received(turn, session, { turnId: waiting.id, messageId: newest.id }));
  return { turnId: waiting.id, sessionId: session.id, sessionKey: session.key, replayed: true, started: undefined };
};

/** From the same caller, and to be answered in the same place. */
const goTheSameWay = (waiting: TurnRow, { caller, deliver: here }: { readonly caller: string; readonly deliver: Duties['deliver'] }): boolean => {
  const there = dutiesOf(waiting).deliver;
  return waiting.task_id === null && waiting.caller === caller && there?.channel === here?.channel && there?.to === here?.to && there?.thread === here?.thread;
};

// Written by `acceptTurn`.
const dutiesOf = ({ duties }: Pick<TurnRow, 'duties'>): Duties => JSON.parse(duties ?? '{}') as Duties;

/** Whether messages that come while it runs may be meant for it. */
export const isSteered = (turn: Pick<TurnRow, 'duties'>): boolean => dutiesOf(turn).steers === true;

const MOST_WAITING = 50;

/** What waits for a running turn: the next of its session, up to the first that is none of its own. */
const steeringFor = async (sql: Sql, running: TurnRow): Promise<{ readonly turn: TurnRow; readonly message: MessageRow }[]> => {
  const messages = await sql.all<MessageRow & { turn_seq: number }>(
    `SELECT * FROM messages WHERE session_id = ? AND turn_seq >= ? AND role = 'user' ORDER BY turn_seq, seq LIMIT ?`, running.session_id, running.seq, MOST_WAITING,
  );
  const own = messages.find(({ turn_id: turn }) => turn === running.id);
  const found: { turn: TurnRow; message: MessageRow }[] = [];
  for (const message of messages.filter(({ turn_id: turn }) => turn !== running.id)) {
    const turn = await sql.one<TurnRow>('SELECT * FROM turns WHERE id = ?', message.turn_id);
    // Over in between: it stands in nobody's way.
    if (turn?.state === 'cancelled') continue;
    const isItsOwn = turn?.state === 'queued' && turn.attempts === 0 && isSteered(turn) && message.source === own?.source
      && goTheSameWay(turn, { caller: running.caller, deliver: dutiesOf(running).deliver });
    if (!isItsOwn) break;
    found.push({ turn, message });
  }
  return found;
};

/** Takes into a running turn what waits for it; resolves to the turns that are over by that. */
export const steeringTransactions = (queue: QueueInTransaction) => ({
  takeSteering: async (sql: Sql, { fence, now }: { fence: Fence; now: number }): Promise<string[]> => {
    const turn = await guard(sql, fence);
    const found = await steeringFor(sql, turn);
    for (const { turn: waiting, message } of found) {
      const seq = await advanceSession(sql, turn.session_id, { rows: 1, messages: 0, usage: undefined, now });
      if (seq === undefined) throw sessionGone();
      await sql.run('UPDATE messages SET turn_id = ?, turn_seq = ?, seq = ? WHERE session_id = ? AND turn_seq = ? AND id = ?', turn.id, turn.seq, seq, turn.session_id, waiting.seq, message.id);
      const over = await sql.one<EndedTurn>(
        `UPDATE turns SET state = 'cancelled', ended_at = ?, error_code = 'turn_cancelled', error_message = ? WHERE id = ? AND state = 'queued' RETURNING ${ENDED}`,
        now, `It went into ${turn.id}, which was running`, waiting.id,
      );
      if (over) await endDuties(sql, over, { state: 'cancelled', now });
      await queue.finish(sql, { jobId: undefined, turnId: waiting.id });
    }
    return found.map(({ turn: { id } }) => id);
  },
});
