/** The documents whose promises are kept here, with their lengths in lines. */
export const SOURCES = {
  '000_4d4d84985841a2ae.txt': 161,
  '001_a00a76f36b560df4.txt': 983,
  '002_805bb14c45a89d79.txt': 386,
  '003_03a437cda022bd49.txt': 445,
  '004_6f6713adeb1465bf.txt': 243,
  'promises.md': 71,
} as const;

interface Requirement {
  /** `<file>:<line>`, the line that promises it. */
  readonly seed: `${keyof typeof SOURCES}:${number}`;
  readonly says: string;
}

/** One row a promise; `verifies` cites it, and a row that no test cites fails. */
export const REQUIREMENTS = {
  's0.port': { seed: '000_4d4d84985841a2ae.txt:8', says: 'the gateway runs on port 18789 by default, and on another where told' },
  's0.available': { seed: '000_4d4d84985841a2ae.txt:17', says: 'the API is available at http://localhost once the gateway runs' },
  's0.token': { seed: '000_4d4d84985841a2ae.txt:21', says: 'gateway.token of the configuration is the token' },
  's0.bearer': { seed: '000_4d4d84985841a2ae.txt:22', says: 'all API requests must include the token' },

  's1.auth': { seed: '001_a00a76f36b560df4.txt:752', says: 'gateway.auth {enabled, mode, token} guards the gateway' },
  's1.host': { seed: '001_a00a76f36b560df4.txt:750', says: 'gateway.host is where it listens' },
  's1.bind': { seed: '001_a00a76f36b560df4.txt:811', says: 'gateway.bind: "loopback" listens on 127.0.0.1' },
  's1.variable': { seed: '001_a00a76f36b560df4.txt:755', says: '"${OPENCLAW_AUTH_TOKEN}" in the configuration is taken from the environment' },
  's1.env-token': { seed: '001_a00a76f36b560df4.txt:760', says: 'OPENCLAW_AUTH_TOKEN in the environment is the token' },
  's1.open-door': { seed: '001_a00a76f36b560df4.txt:821', says: 'never bound to 0.0.0.0 without authentication' },

  's2.same-routes': { seed: '002_805bb14c45a89d79.txt:11', says: 'the API is enabled by default, the same behind either port' },
  's2.api-block': { seed: '002_805bb14c45a89d79.txt:13', says: 'the api block {enabled, port, prefix, authentication, cors} is understood' },
  's2.variable': { seed: '002_805bb14c45a89d79.txt:24', says: '"${API_KEY_1}" in the configuration is taken from the environment' },
  's2.bearer': { seed: '002_805bb14c45a89d79.txt:32', says: 'all API requests require a Bearer token' },
  's2.context': { seed: '002_805bb14c45a89d79.txt:93', says: 'context {timezone, language} reaches the agent' },
  's2.starting': { seed: '002_805bb14c45a89d79.txt:379', says: '503 while the gateway is temporarily unavailable' },

  's3.yml': { seed: '003_03a437cda022bd49.txt:25', says: 'openclaw.yml with gateway.token and gateway.port configures it' },
  's3.bearer': { seed: '003_03a437cda022bd49.txt:34', says: 'the token goes into the Authorization header' },
  's3.model-name': { seed: '003_03a437cda022bd49.txt:70', says: 'the bare name claude-sonnet-4-5 is a model' },

  's4.port': { seed: '004_6f6713adeb1465bf.txt:6', says: 'the API is at port 3000 by default' },
  's4.model-name': { seed: '004_6f6713adeb1465bf.txt:46', says: 'a dated name like claude-sonnet-4-20250514 is a model' },
  's4.model-object': { seed: '004_6f6713adeb1465bf.txt:86', says: 'model: {provider, max_context} chooses the model and its context' },
  's4.error-body': { seed: '004_6f6713adeb1465bf.txt:194', says: 'error responses include a JSON body {error: {code, message, retry_after}}' },
  's4.retry-after': { seed: '004_6f6713adeb1465bf.txt:208', says: 'a 429 carries Retry-After in seconds' },

  'beyond.durable': { seed: 'promises.md:66', says: 'an accepted message survives a stop and is answered afterwards' },
  'beyond.idempotent': { seed: 'promises.md:66', says: 'nothing runs twice that must not: an idempotency key holds over restarts' },
  'beyond.valid-transcript': { seed: 'promises.md:66', says: 'the transcript is always valid for the model' },
  'beyond.first-token': { seed: 'promises.md:67', says: 'a token from the first start, kept for its owner alone' },
  'beyond.host-check': { seed: 'promises.md:67', says: 'a Host that is not ours is refused' },
  'beyond.limits': { seed: 'promises.md:67', says: 'loop detection and step limits are on by default' },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof REQUIREMENTS;
