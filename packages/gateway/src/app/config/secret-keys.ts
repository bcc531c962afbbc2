import { HIDDEN } from '../../kernel/secrets.ts';
import { isBranch, type Tree } from './text/tree.ts';

const SECRET_KEY = /(?:token|secret|password|passwd|cookie|authorization|credential|api-?_?key|private-?_?key|access-?_?key|routing-?_?key)s?$|^keys?$/i;
/** `maxTokens` and its like count tokens; they hold no secret. */
const COUNTING_KEY = /^(?:max|min|context|reserve|keep)[a-z]*tokens$|^max_tokens$/i;

export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key) && !COUNTING_KEY.test(key);

/** The values that a log must never show: what stands under a key that sounds like a secret, and passwords inside URLs. */
export const findSecrets = (tree: Tree, secret = false): readonly string[] => {
  if (typeof tree === 'string') return secret ? [tree] : passwordsIn(tree);
  if (Array.isArray(tree)) return tree.flatMap((item) => findSecrets(item, secret));
  return isBranch(tree) ? Object.entries(tree).flatMap(([key, value]) => findSecrets(value, isSecretKey(key))) : [];
};

export const passwordsIn = (text: string): readonly string[] => {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i.test(text) ? URL.parse(text)?.password : undefined;
  return password ? [decodeURIComponent(password), password] : [];
};

const REFERENCES = /^(?:\$\{[A-Z_][A-Z0-9_]*\}[ ,]?)+$/;

/** Sections whose keys are anybody's names: no name tells which of them holds a secret. */
const isSecretSection = (key: string): boolean => key === 'headers' || key === 'env';

/** `all`: whatever stands below, too. */
type Secrecy = boolean | 'all';

const below = (above: Secrecy, key: string): Secrecy => (above === 'all' || isSecretSection(key) ? 'all' : isSecretKey(key));

/** The same tree with its secrets hidden; a variable's name is none. */
export const hideSecrets = (tree: Tree, secret: Secrecy = false): Tree => {
  if (typeof tree === 'string') return secret ? hideText(tree) : passwordsIn(tree).reduce((text, password) => text.replaceAll(`:${password}@`, `:${HIDDEN}@`), tree);
  if (typeof tree === 'number') return secret ? HIDDEN : tree;
  if (Array.isArray(tree)) return tree.map((item) => hideSecrets(item, secret));
  return isBranch(tree) ? Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, hideSecrets(value, below(secret, key))])) : tree;
};

const hideText = (text: string): string => (text === '' || REFERENCES.test(text) ? text : HIDDEN);
