/**
 * Reads how people write times that come again.
 *
 * - An expression whose times of the day are all named is due once a day at each: where the clock is put forward over one, at the first moment
 *   after, and where it is put back, at the first of the two. One with a `*` in its time is due whenever the clock on the wall matches.
 * - What is no expression is refused at once, however long or strange it is.
 */
export interface Calendar {
  /** Throws an Error that says in words what is wrong with it. */
  read(expression: string, timezone: string): Times;
  /** A local time such as `2026-03-02T09:00:00`: one that comes twice is the first, one that does not come is the first moment after. */
  momentOf(local: string, timezone: string): number | undefined;
  /** As a person says it: `At 08:00`. What has no words is told as it is written. */
  describe(expression: string): Promise<string>;
}

/** The times of a schedule, all in epoch milliseconds. */
export interface Times {
  /** The first one after a moment; undefined where there is none. */
  after(moment: number): number | undefined;
  /** The last one at a moment or before it, and not before `since`. */
  upTo(moment: number, since: number): number | undefined;
}
