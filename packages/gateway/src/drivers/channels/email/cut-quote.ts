/** `From: … Sent: … To: … Subject: …`, in the languages of the most used programs. */
const FROM = /^\*?(?:From|Von|De|Da|Van|Från|Fra|От)\*?\s?:/;
const SENT = /^\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Inviato|Data|Verzonden|Skickat|Sendt|Дата)\*?\s?:/;
const RULE = /^(?:-{2,}\s?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht)\s?-{2,}|_{10,})$/i;
const SIGNATURE = /^-- ?$/;

/** What somebody wrote themselves: without what they answer, where that stands below, and without what they sign every mail with. */
export const cutQuote = (text: string): string => {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const own = lines.slice(0, Math.min(...[signatureAt(lines), headerAt(lines)].filter((at) => at !== -1), lines.length));
  const cut = withoutLastQuote(own).join('\n').trim();
  return cut === '' ? text.trim() : cut;
};

const signatureAt = (lines: readonly string[]): number => lines.findIndex((line) => SIGNATURE.test(line));

const headerAt = (lines: readonly string[]): number =>
  lines.findIndex((line, at) => {
    if (FROM.test(line.trim())) return lines.slice(at + 1, at + 4).some((next) => SENT.test(next.trim()));
    return RULE.test(line.trim()) && lines.slice(at + 1, at + 4).some((next) => FROM.test(next.trim()));
  });

/** Only a quote at the end: what is quoted in between has answers between it. With it goes the line that says who wrote it. */
const withoutLastQuote = (lines: readonly string[]): readonly string[] => {
  const isQuoted = (line: string): boolean => line.startsWith('>');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  if (last === -1 || !isQuoted(lines[last] ?? '')) return lines;
  const before = lines.findLastIndex((line, at) => at < last && line.trim() !== '' && !isQuoted(line));
  return lines.slice(0, attributionAt(lines, before));
};

/** `On Monday, Ann <ann@…> wrote:`, over two lines at the most. */
const attributionAt = (lines: readonly string[], at: number): number => {
  const [above, line] = [(lines[at - 1] ?? '').trim(), (lines[at] ?? '').trim()];
  if (!line.endsWith(':') || !/\d|@/.test(`${above} ${line}`)) return at + 1;
  return /\d|@/.test(above) && !/[.!?]$/.test(above) && (lines[at - 2] ?? '').trim() === '' ? at - 1 : at;
};
