/** Colours and styles of IRC, and what would end a line or begin a command of a client. */
const CONTROLS = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-f]{6}(?:,[\da-f]{6})?)?|[\x00-\x08\x0B-\x1F\x7F]/gi;

export const withoutControls = (text: string): string => text.replaceAll(CONTROLS, '');

/** A text as lines of at most so many bytes: cut between words where there are any, and never inside a character. */
export const splitText = (text: string, bytes: number): readonly string[] =>
  text.toWellFormed().split(/\r\n|\r|\n/).flatMap((line) => cut(withoutControls(line).replaceAll('\t', ' ').trimEnd(), bytes)).filter((line) => line !== '');

const cut = (line: string, bytes: number): readonly string[] => {
  const parts: string[] = [];
  for (let rest = line; rest !== ''; ) {
    const fits = longestStart(rest, bytes);
    const space = fits < rest.length ? rest.lastIndexOf(' ', fits) : -1;
    const end = space > fits / 2 ? space : fits;
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return parts;
};

const longestStart = (text: string, bytes: number): number => {
  let [used, end] = [0, 0];
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes && end > 0) break;
    end += character.length;
  }
  return end;
};
