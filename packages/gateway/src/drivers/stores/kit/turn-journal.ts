import type { Sql } from '../../../engine/ports/sql.ts';
import { type Fence, StaleFence, type StepRecord, type SummaryRecord, type ToolResultRecord } from '../../../engine/ports/turn-records.ts';
import { advanceSession, insertMessage } from './append.ts';
import type { TurnRow } from './rows.ts';
import { guard, sessionGone } from './turn-guard.ts';
import { noteUsage } from './usage-entries.ts';

/** Whether this row is there already: the commit went through and its answer was lost. */
const isRecorded = async (sql: Sql, turn: TurnRow, messageId: string): Promise<boolean> =>
  (await sql.one('SELECT 1 FROM messages WHERE session_id = ? AND turn_seq = ? AND id = ?', turn.session_id, turn.seq, messageId)) !== undefined;

/** What a turn that runs writes into its session. Each says the same when it is said twice: an answer may be lost on its way back. */
export const turnJournal = {
  recordStep: async (sql: Sql, { fence, step }: { fence: Fence; step: StepRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    if (await isRecorded(sql, turn, step.messageId)) return;
    const rows = 1 + step.toolCalls.length;
    const last = await advanceSession(sql, turn.session_id, { rows, messages: step.text === '' ? 0 : 1, usage: step.usage, now: step.now });
    if (last === undefined) throw sessionGone();
    const at = (row: number) => ({ sessionId: turn.session_id, turnSeq: turn.seq, seq: last - rows + 1 + row });
    await insertMessage(sql, at(0), step.now, {
      id: step.messageId,
      turnId: turn.id,
      role: 'assistant',
      text: step.text,
      toolCalls: JSON.stringify(step.toolCalls.map(({ id, tool, input }) => ({ id, tool, input }))),
      ...(step.opaque && { opaque: JSON.stringify(step.opaque) }),
      usage: step.usage,
    });
    await noteUsage(sql, turn, { at: step.now, usage: step.usage });
    for (const [i, call] of step.toolCalls.entries()) {
      await insertMessage(sql, at(1 + i), step.now, {
        id: `${step.messageId}_${i}`,
        turnId: turn.id,
        role: 'tool',
        text: '',
        call: { id: call.id, tool: call.tool, input: JSON.stringify(call.input ?? null), effect: call.effect },
      });
    }
  },

  recordToolResult: async (sql: Sql, { fence, result }: { fence: Fence; result: ToolResultRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    const changed = await sql.run(
      `UPDATE messages SET state = ?, text = ? WHERE turn_id = ? AND call_id = ? AND state = 'started'`,
      result.state, result.output, turn.id, result.callId,
    );
    if (changed === 1) return;
    const same = await sql.one(
      'SELECT 1 FROM messages WHERE session_id = ? AND turn_seq = ? AND call_id = ? AND state = ? AND text = ?',
      turn.session_id, turn.seq, result.callId, result.state, result.output,
    );
    if (!same) throw new StaleFence(`tool call ${result.callId} is not open`);
  },

  recordSummary: async (sql: Sql, { fence, summary }: { fence: Fence; summary: SummaryRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    if (await isRecorded(sql, turn, summary.messageId)) return;
    const seq = await advanceSession(sql, turn.session_id, { rows: 1, messages: 0, usage: summary.usage, now: summary.now });
    await sql.run('UPDATE sessions SET summaries = summaries + 1 WHERE id = ?', turn.session_id);
    if (seq === undefined) throw sessionGone();
    await insertMessage(sql, { sessionId: turn.session_id, turnSeq: turn.seq, seq }, summary.now, {
      id: summary.messageId,
      turnId: turn.id,
      role: 'summary',
      text: summary.text,
      coversUpTo: summary.coversUpTo,
      ...(summary.usage && { usage: summary.usage }),
    });
    await noteUsage(sql, turn, { at: summary.now, usage: summary.usage });
  },
};
