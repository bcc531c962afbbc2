/** The account itself, in what others write. */
export interface Mentioned {
  readonly userId: string;
  readonly name: string;
}

/**
 * Slack writes mentions and links as `<…>` and those characters themselves as entities. Sent without, an answer could call a whole
 * channel (`<!channel>`).
 */
export const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What people see of it. */
export const toPlain = (text: string, me: Mentioned): string =>
  text
    .replaceAll(/<([^<>]*)>/g, (_, inside: string) => plainOf(inside, me))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();

/** `@U123`, `@U123|ann`, `#C123|general`, `!here`, `!subteam^S1|@team`, `!date^…|yesterday`, `https://a.example|a label`. */
const plainOf = (inside: string, me: Mentioned): string => {
  const bar = inside.indexOf('|');
  const [target, label] = bar < 0 ? [inside, ''] : [inside.slice(0, bar), inside.slice(bar + 1)];
  switch (target.charAt(0)) {
    case '@': return `@${target.slice(1) === me.userId ? me.name : label || target.slice(1)}`;
    case '#': return `#${label || target.slice(1)}`;
    case '!': return label || `@${target.slice(1)}`;
    default: return label && label !== target ? `${label} (${target})` : target;
  }
};
