import { type ChannelHold, type ChannelNote, type ChannelState, type HoldWish, StaleHold } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { insertEvent } from './append.ts';

interface HoldRow {
  channel: string;
  owner: string;
  number: number;
  held_until: number;
  state: ChannelState['state'];
  error: string | null;
  since: number;
}

/** Locks the channel's row for this transaction and proves that the hold is the newest. */
export const guardHold = async (sql: Sql, { channel, number }: ChannelHold): Promise<void> => {
  const held = await sql.run('UPDATE channel_holds SET number = number WHERE channel = ? AND number = ?', channel, number);
  if (held === 0) throw new StaleHold(`${channel} is no longer held by ${number}`);
};

const holdChannel = async (sql: Sql, { channel, owner, until, alone, now }: HoldWish): Promise<ChannelHold | undefined> => {
  const row = await sql.one<{ number: number }>(
    `INSERT INTO channel_holds (channel, owner, number, held_until, state, since) VALUES (?, ?, 1, ?, 'connecting', ?)
     ON CONFLICT (channel) DO UPDATE SET owner = excluded.owner, number = channel_holds.number + 1, held_until = excluded.held_until, state = 'connecting', error = NULL, since = excluded.since
     WHERE channel_holds.held_until <= ? OR ? = 1 RETURNING number`,
    channel, owner, until, now, now, alone ? 1 : 0,
  );
  return row && { channel, number: row.number };
};

const renewHold = async (sql: Sql, { hold, until }: { hold: ChannelHold; until: number }): Promise<boolean> =>
  (await sql.run('UPDATE channel_holds SET held_until = ? WHERE channel = ? AND number = ?', until, hold.channel, hold.number)) > 0;

const releaseHold = async (sql: Sql, { hold, now }: { hold: ChannelHold; now: number }): Promise<void> => {
  await sql.run(
    `UPDATE channel_holds SET held_until = 0, state = 'disconnected', error = NULL, since = ? WHERE channel = ? AND number = ?`, now, hold.channel, hold.number,
  );
};

const noteChannelState = async (sql: Sql, { hold, note }: { hold: ChannelHold; note: ChannelNote }): Promise<void> => {
  await guardHold(sql, hold);
  await sql.run('UPDATE channel_holds SET state = ?, error = ?, since = ? WHERE channel = ?', note.state, note.error ?? null, note.now, hold.channel);
  if (note.event) await insertEvent(sql, { ...note.event, at: note.now, sessionKey: null });
};

const channelStates = async (sql: Sql): Promise<ChannelState[]> =>
  (await sql.all<HoldRow>('SELECT * FROM channel_holds ORDER BY channel')).map(({ channel, state, error, since, held_until: heldUntil }) => ({
    channel, state, error: error ?? undefined, since, heldUntil,
  }));

const keepPlace = async (sql: Sql, { hold, place }: { hold: ChannelHold; place: string }): Promise<void> => {
  await guardHold(sql, hold);
  await sql.run('UPDATE channel_holds SET place = ? WHERE channel = ?', place, hold.channel);
};

const placeOf = async (sql: Sql, channel: string): Promise<string | undefined> =>
  (await sql.one<{ place: string | null }>('SELECT place FROM channel_holds WHERE channel = ?', channel))?.place ?? undefined;

export const holdTransactions = { holdChannel, renewHold, releaseHold, noteChannelState, channelStates, keepPlace, placeOf };
