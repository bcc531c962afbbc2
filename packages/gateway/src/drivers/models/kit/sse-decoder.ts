export interface SseEvent {
  readonly event?: string;
  readonly data: string;
}

export interface SseDecoder {
  /** The events these bytes complete. */
  push(bytes: Uint8Array): readonly SseEvent[];
  /** What the body ended in without the blank line that should close it. */
  end(): readonly SseEvent[];
}

/**
 * Reads a text/event-stream as it arrives. Synchronous, because one await for each event
 * would cost more than the reading itself.
 */
export const createSseDecoder = (): SseDecoder => {
  const decoder = new TextDecoder();
  let rest = '';
  let lastWasCR = false;
  let event: string | undefined;
  let data: string | undefined;

  const readLine = (line: string, out: SseEvent[]): void => {
    if (line === '') {
      if (data !== undefined) out.push(event === undefined ? { data } : { event, data });
      event = undefined;
      data = undefined;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (field === 'event') event = value;
  };

  /** A CR at the very end of `text` ends its line at once; the LF that may follow belongs to it. */
  const readText = (text: string): SseEvent[] => {
    const out: SseEvent[] = [];
    if (text === '') return out;
    let start = lastWasCR && text.charCodeAt(0) === 10 ? 1 : 0;
    lastWasCR = false;
    let pending = rest;
    let cr = text.indexOf('\r', start);
    let lf = text.indexOf('\n', start);
    while (cr >= 0 || lf >= 0) {
      const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      readLine(pending + text.slice(start, end), out);
      pending = '';
      start = end === cr && lf === cr + 1 ? end + 2 : end + 1;
      lastWasCR = end === cr && start === text.length && lf !== cr + 1;
      if (cr >= 0 && cr < start) cr = text.indexOf('\r', start);
      if (lf >= 0 && lf < start) lf = text.indexOf('\n', start);
    }
    rest = pending + text.slice(start);
    return out;
  };

  return {
    push: (bytes) => readText(decoder.decode(bytes, { stream: true })),
    end: () => readText(`${decoder.decode()}\n\n`),
  };
};
