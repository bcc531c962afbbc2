/** One line of the wire, taken apart. */
export interface IrcLine {
  readonly tags: ReadonlyMap<string, string>;
  /** Who it comes from. A server has no user and no host. */
  readonly source: { readonly nick: string; readonly user?: string | undefined; readonly host?: string | undefined } | undefined;
  /** In capitals, or three digits. */
  readonly command: string;
  readonly parameters: readonly string[];
}

const LINE = /^(?:@(?<tags>[^ ]+) +)?(?::(?<source>[^ ]+) +)?(?<command>[a-z]+|\d{3})(?<rest>(?: .*)?)$/is;
const SOURCE = /^(?<nick>[^!@]+)(?:!(?<user>[^@]*))?(?:@(?<host>.*))?$/s;

export const parseLine = (raw: string): IrcLine | undefined => {
  const { tags, source, command, rest } = LINE.exec(raw)?.groups ?? {};
  if (command === undefined) return undefined;
  return { tags: tagsOf(tags ?? ''), source: sourceOf(source), command: command.toUpperCase(), parameters: parametersOf(rest ?? '') };
};

const sourceOf = (source: string | undefined): IrcLine['source'] => {
  const { nick, user, host } = SOURCE.exec(source ?? '')?.groups ?? {};
  return nick === undefined ? undefined : { nick, user, host };
};

const parametersOf = (rest: string): readonly string[] => {
  const at = rest.indexOf(' :');
  const middle = (at === -1 ? rest : rest.slice(0, at)).split(' ').filter((word) => word !== '');
  return at === -1 ? middle : [...middle, rest.slice(at + 2)];
};

const ESCAPES: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' };

const tagsOf = (tags: string): ReadonlyMap<string, string> =>
  new Map(
    tags.split(';').filter((tag) => tag !== '').map((tag) => {
      const [name = '', ...value] = tag.split('=');
      return [name, value.join('=').replaceAll(/\\(.?)/gs, (_, escaped: string) => ESCAPES[escaped] ?? escaped)];
    }),
  );

/** Small letters as IRC has them: brackets are the capitals of braces. Two names are the same when these are. */
export const fold = (name: string): string => name.toLowerCase().replaceAll(/[[\]\\~]/g, (capital) => ({ '[': '{', ']': '}', '\\': '|' })[capital] ?? '^');
