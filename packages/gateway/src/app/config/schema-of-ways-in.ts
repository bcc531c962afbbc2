import { z } from 'zod';
import { ALGORITHMS, ENCODINGS, KNOWN_SCHEMES } from '../../engine/ingress/schemes/names.ts';
import { flag, matching, oneOf, section, text, texts, whole } from './schema-leaves.ts';

const PATH = 'a path such as "/deploy-alert": letters, digits, ".", "_", "~" and "-" between slashes';
const isPath = (value: string): boolean => /^\/?(?:[\w~-][\w.~-]*\/)*[\w~-][\w.~-]*\/?$/.test(value) && value.length <= 200;

const SECRET = 'a secret, or a list of secrets that all count';
/** Empty is none: a variable may be set to nothing. */
const secret = () => z.union([z.string(), z.array(z.string()).max(10)], { error: SECRET }).optional();
const header = () => matching('the name of a header', (value) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(value));
const required = <T extends z.ZodType>(leaf: z.ZodOptional<T>): T => leaf.unwrap();

const hmac = section({
  header: required(header()),
  prefix: text(),
  algorithm: oneOf(ALGORITHMS),
  encoding: oneOf(ENCODINGS),
  timestampHeader: header(),
  idHeader: header(),
  signed: matching('what is signed: text with {body}, and {timestamp} or {id} where they are part of it', (value) => value.includes('{body}')),
});

const VERIFY = `one of ${KNOWN_SCHEMES.map((name) => `"${name}"`).join(', ')}, or a section with header, field or hmac`;
const verify = z.union([z.enum(KNOWN_SCHEMES), section({ header: header(), field: text(), hmac: hmac.optional() })], { error: VERIFY }).optional();

const endpoint = section({
  path: required(matching(PATH, isPath)),
  enabled: flag(),
  message: text(),
  secret: secret(),
  verify,
  session: text(),
  agent: text(),
  workspace: text(),
  model: text(),
  deliver: section({ channel: required(text()), to: required(text()), thread: text() }).optional(),
  dedupe: oneOf(['id', 'body']),
  maxBodyBytes: whole(1, 25 * 1024 * 1024),
  rateLimit: whole(1, 1_000_000),
});

/** `webhooks.incoming`: what others may tell the agent. */
export const incoming = section({
  enabled: flag(),
  secret: secret(),
  endpoints: z.array(endpoint, { error: 'a list of endpoints' }).optional(),
});

const mapping = section({
  id: text(),
  match: section({ path: text(), source: text() }).optional(),
  action: oneOf(['agent', 'wake']),
  wakeMode: oneOf(['now', 'next-heartbeat']),
  name: text(),
  agentId: text(),
  sessionKey: text(),
  sessionMode: oneOf(['isolated', 'persistent']),
  messageTemplate: text(),
  textTemplate: text(),
  forEach: matching('a key of the payload', (value) => /^[^\s.[\]{}]{1,200}$/.test(value) && value !== '__proto__'),
  deliver: flag(),
  channel: text(),
  to: text(),
  model: text(),
  timeoutSeconds: whole(1, 86_400),
  allowUnsafeExternalContent: flag(),
  transform: section({ module: required(text('the path of a module in hooks.transformsDir')), export: text() }).optional(),
});

/** `hooks`: the same in the form of the public project. */
export const hooks = section({
  enabled: flag(),
  token: z.string({ error: 'text' }).optional(),
  path: matching(PATH, isPath),
  allowedAgentIds: texts(),
  defaultSessionKey: text(),
  allowRequestSessionKey: flag(),
  allowedSessionKeyPrefixes: texts(),
  mappings: z.array(mapping, { error: 'a list of mappings' }).optional(),
  presets: texts(),
  transformsDir: text(),
});
