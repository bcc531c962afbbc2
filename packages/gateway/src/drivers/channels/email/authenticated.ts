import type { Header } from 'postal-mime';

/**
 * Whether the mail server vouches for the domain of an address (RFC 8601). Anybody can write a header; a server takes those away that carry
 * its own name. Of what is left under that name, the topmost counts: it was written last.
 */
export const isAuthenticated = (headers: readonly Header[], authservId: string, address: string): boolean => {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  const results = headers.filter(({ key }) => key === 'authentication-results').map(({ value }) => readResults(value)).find(({ server }) => server === authservId.toLowerCase());
  if (!results) return false;
  const named = (method: string): readonly Result[] => results.results.filter((result) => result.method === method);
  // DMARC is the word of the domain itself on what passes as its mail.
  if (named('dmarc').some(({ result }) => result === 'fail')) return false;
  if (named('dmarc').some(({ result, properties }) => result === 'pass' && properties.get('header.from') === domain)) return true;
  const passed = (method: string, ...properties: readonly string[]): boolean =>
    named(method).some((one) => one.result === 'pass' && properties.some((property) => isOf(domain, one.properties.get(property))));
  return passed('dkim', 'header.d', 'header.i') || passed('spf', 'smtp.mailfrom');
};

/** A domain speaks for itself and for what is below it; never the other way round. */
const isOf = (domain: string, passed: string | undefined): boolean => {
  const signer = (passed ?? '').slice((passed ?? '').lastIndexOf('@') + 1);
  return signer.includes('.') && (domain === signer || domain.endsWith(`.${signer}`));
};

interface Result {
  readonly method: string;
  readonly result: string;
  /** `header.d` and its like, all in small letters. */
  readonly properties: ReadonlyMap<string, string>;
}

const readResults = (value: string): { readonly server: string; readonly results: readonly Result[] } => {
  const [server = '', ...rest] = withoutComments(value).toLowerCase().split(';');
  return { server: server.trim().split(/\s+/)[0] ?? '', results: rest.map(readResult).filter((result) => result !== undefined) };
};

/** No server says more of one result. */
const MOST_WORDS = 50;

const readResult = (text: string): Result | undefined => {
  const [head = '', ...words] = text.trim().replaceAll(/\s+/g, ' ').replaceAll(/ ?= ?/g, '=').split(' ');
  const [, method, result] = /^([\w-]+)(?:\/\d+)?=([\w-]+)$/.exec(head) ?? [];
  if (method === undefined || result === undefined || words.length > MOST_WORDS) return undefined;
  const properties = words.map((word): [string, string] => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1)]);
  // What is said twice is not believed.
  return { method, result, properties: new Map(properties.filter(([name]) => properties.filter(([other]) => other === name).length === 1)) };
};

/** Comments stand in brackets, in each other perhaps. What stands in quotes may look like anything, and is none of what is looked for here. */
const withoutComments = (value: string): string => {
  let [depth, quoted, text] = [0, false, ''];
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '\\') at++;
    else if (quoted) quoted = character !== '"';
    else if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && character === '"') quoted = true;
    else if (depth === 0) text += character;
  }
  return text;
};
