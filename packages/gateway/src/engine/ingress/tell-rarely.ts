import type { Log } from '../../kernel/log.ts';

const TELL_AGAIN_MS = 60_000;

/** Tells of trouble that only a change of the configuration can mend, and of the same trouble once a minute at most. */
export const tellRarely = (log: Log, now: () => number): ((message: string, fields: Readonly<Record<string, unknown>>) => void) => {
  const told = new Map<string, number>();
  return (message, fields) => {
    const what = `${message} ${JSON.stringify(fields)}`;
    if (now() - (told.get(what) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    if (told.size > 1_000) told.clear();
    told.set(what, now());
    log('warn', message, fields);
  };
};
