import { createHash, createHmac } from 'node:crypto';
import { isSameSecret } from '../../packages/gateway/src/engine/ingress/schemes/same-secret.ts';
import { addresses, deliver } from '../support/deliver.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { median, type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { VENDORS } from '../support/signatures.ts';

interface Scale {
  /** For each mutation of each scheme. */
  readonly rounds: number;
  /** Good ones of each scheme. */
  readonly valid: number;
  readonly mutant?: Mutant;
  readonly compare?: (shown: string, known: string) => boolean;
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

interface Signed {
  readonly name: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The header that proves, and those beside it that are part of the proof. */
  readonly proof: string;
  readonly time: string | undefined;
  readonly id: string | undefined;
  readonly secret: string;
  /** Whether the body is part of what is proved. */
  readonly binds: boolean;
}

type Forged = { readonly headers: Headers; readonly body?: string } | undefined;

const LARGEST = 64 * 1024;
const LEAST_MUTATIONS = 25;
const PROOF = /secret|signature/;
const TIME = /timestamp|^x-time$/;

const without = ({ headers }: Signed, name: string): Headers => Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name));
const flip = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`;
const prove = (to: (proof: string, signed: Signed) => string | readonly string[] | undefined) => (signed: Signed): Forged => {
  const made = to(signed.headers[signed.proof] ?? '', signed);
  return made === undefined || made === signed.headers[signed.proof] ? undefined : { headers: { ...signed.headers, [signed.proof]: made } };
};
const say = (to: (body: string) => string) => (signed: Signed): Forged => {
  const body = to(signed.body);
  return signed.binds && body !== signed.body ? { headers: signed.headers, body } : undefined;
};
const at = (to: (time: string) => string) => (signed: Signed): Forged => (signed.time === undefined ? undefined : { headers: { ...signed.headers, [signed.time]: to(signed.headers[signed.time] ?? '') } });
/** Signed well, but with another secret or at another moment. */
const signedAs = (options: (signed: Signed) => { readonly secret?: string; readonly at?: number } | undefined) => (signed: Signed): Forged => {
  const how = options(signed);
  return how && { headers: VENDORS[signed.name]?.sign(signed.body, how) ?? {} };
};
const seconds = (): number => Math.floor(Date.now() / 1000);
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
/** These hold several signatures, of which one that fits is enough. */
const isList = (name: string): boolean => name === 'stripe' || name === 'standard';
const timed = ({ name }: Signed): boolean => ['stripe', 'slack', 'standard', 'hmac'].includes(name);
/** The same kind of secret, but another one. */
const other = (secret: string): string => secret.replace(/.(?=.{9}$)/, (one) => (one === 'X' ? 'Y' : 'X'));

const MUTATIONS: Readonly<Record<string, (signed: Signed) => Forged>> = {
  'no proof': (signed) => ({ headers: without(signed, signed.proof) }),
  'an empty one': prove(() => ''),
  'a blank': prove(() => ' '),
  undefined: prove(() => 'undefined'),
  null: prove(() => 'null'),
  'one character more': prove((proof) => `${proof}0`),
  'one before it': prove((proof) => `x${proof}`),
  'one less at its end': prove((proof) => proof.slice(0, -1)),
  'one less at its beginning': prove((proof) => proof.slice(1)),
  'half of it': prove((proof) => proof.slice(0, proof.length / 2)),
  'its first character changed': prove((proof, { name }) => flip(proof, name === 'stripe' ? proof.lastIndexOf('=') + 1 : 0)),
  'its last character changed': prove((proof) => flip(proof, proof.length - 1)),
  'a character in it changed': prove((proof) => flip(proof, proof.length - 12)),
  'its characters backwards': prove((proof) => [...proof].toReversed().join('')),
  'other letters': prove((proof) => (proof.toUpperCase() === proof ? proof.toLowerCase() : proof.toUpperCase())),
  'it twice in one line': prove((proof, { name }) => (isList(name) ? undefined : `${proof}${proof}`)),
  'it in two lines': prove((proof) => [proof, proof]),
  'it and a wrong one in two lines': prove((proof) => [proof, 'wrong']),
  'a list with it': prove((proof, { name }) => (isList(name) ? undefined : `wrong,${proof}`)),
  'it in quotes': prove((proof) => `"${proof}"`),
  'it in base64': prove((proof) => Buffer.from(proof).toString('base64')),
  'its hash': prove((proof) => hex(proof)),
  'the hash of the secret': prove((_, { secret }) => hex(secret)),
  'a star': prove(() => '*'),
  'a bearer': prove((proof, { name }) => (isList(name) ? undefined : `Bearer ${proof}`)),
  'a very long one': prove(() => 'a'.repeat(12_000)),
  'other bytes': prove(() => '\u00ff\u00fe\u00e9'),
  'it in another header': (signed) => ({ headers: { ...without(signed, signed.proof), authorization: signed.headers[signed.proof] ?? '' } }),
  'it in a cookie': (signed) => ({ headers: { ...without(signed, signed.proof), cookie: `${signed.proof}=${encodeURIComponent(signed.headers[signed.proof] ?? '')}` } }),
  'it in the body': (signed) => ({ headers: without(signed, signed.proof), body: JSON.stringify({ [signed.proof]: signed.headers[signed.proof], secret: signed.secret }) }),
  'another secret': signedAs(({ secret }) => ({ secret: other(secret) })),
  'no secret': signedAs(() => ({ secret: '' })),
  'the name of the path as the secret': signedAs(({ name }) => ({ secret: name })),
  'the secret in capitals': signedAs(({ secret }) => ({ secret: secret.toUpperCase() })),
  'a bit of the body changed': say((body) => flip(body, Math.floor(body.length / 2))),
  'a body with more at its end': say((body) => `${body} `),
  'a body with less': say((body) => body.slice(0, -1)),
  'a body with blanks in it': say((body) => body.replace('":"', '": "')),
  'an empty body': say(() => ''),
  'the proof of another body': (signed) => (signed.binds ? { headers: VENDORS[signed.name]?.sign(`${signed.body}!`) ?? {} } : undefined),
  'another hash': prove((_, { body, secret, binds }) => (binds ? createHmac('sha1', secret).update(body).digest('hex') : undefined)),
  'the body alone signed': prove((_, signed) => (timed(signed) ? createHmac('sha256', signed.secret).update(signed.body).digest('hex') : undefined)),
  'a moment later': at((time) => String(Number(time) + 1)),
  'no time': (signed) => (signed.time === undefined ? undefined : { headers: without(signed, signed.time) }),
  'a time that is none': at(() => 'yesterday'),
  'a time in milliseconds': at((time) => `${time}000`),
  'a time with a sign': at((time) => `+${time}`),
  'a time with a point': at((time) => `${time}.0`),
  'signed six minutes ago': signedAs((signed) => (timed(signed) ? { at: seconds() - 360 } : undefined)),
  'signed in six minutes': signedAs((signed) => (timed(signed) ? { at: seconds() + 360 } : undefined)),
  'signed at the beginning of time': signedAs((signed) => (timed(signed) ? { at: 0 } : undefined)),
  'another id': (signed) => (signed.name === 'standard' && signed.id !== undefined ? { headers: { ...signed.headers, [signed.id]: 'msg_other' } } : undefined),
  'no id': (signed) => (signed.name === 'standard' && signed.id !== undefined ? { headers: without(signed, signed.id) } : undefined),
};

const sign = (name: string, body: string): Signed => {
  const headers = VENDORS[name]?.sign(body) ?? {};
  const names = Object.keys(headers);
  return {
    name,
    body,
    headers,
    proof: names.find((header) => PROOF.test(header) && !TIME.test(header)) ?? '',
    time: names.find((header) => TIME.test(header)),
    id: names.find((header) => /-id$|delivery/.test(header)),
    secret: VENDORS[name]?.secret ?? '',
    binds: name !== 'plain' && name !== 'telegram',
  };
};

/** As senders write them: short, long, in any alphabet, empty, exactly as large as may be. */
const bodies = (random: () => number, n: number): string => {
  const id = { n, id: `evt_${n}_${random()}`, event_id: `Ev${n}_${random()}`, update_id: Math.floor(random() * 1e12) };
  if (n % 50 === 1) return '';
  if (n % 50 === 2) return '7';
  if (n % 50 === 3) {
    const body = JSON.stringify({ ...id, text: '' });
    return body.replace('"text":""', `"text":"${'x'.repeat(LARGEST - body.length)}"`);
  }
  return JSON.stringify({ ...id, text: ['plain', 'é✓ 漢字 👩‍👩‍👧', 'a "quote" \\ and\nmore', '\u2028</script>'][n % 4], list: Array.from({ length: Math.floor(random() * 20) }, () => random()) });
};

const forge = async ({ rounds, valid, mutant, compare = isSameSecret }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const random = seeded(29);
  await using model = await startModelServer({ script: () => ({ text: 'ok' }) });
  const endpoints = Object.entries(VENDORS).map(([path, { verify, secret }]) => ({ path, verify, secret, maxBodyBytes: LARGEST, session: `${path}-{{body.list.length}}`, message: 'n {{body.n}}' }));
  const folder = await makeStateDirectory(model.url, { webhooks: { incoming: { endpoints } }, logging: { level: 'error' } });
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  const address = addresses();
  try {
    let forged = 0;
    const accepted = new Map<string, number>();
    const kinds = new Map<string, Set<string>>();
    const jobs: (() => Promise<void>)[] = [];
    for (const name of Object.keys(VENDORS)) {
      for (const [mutation, make] of Object.entries(MUTATIONS)) {
        for (let round = 0; round < rounds; round++) {
          jobs.push(async () => {
            const signed = sign(name, JSON.stringify({ id: `evt_${random()}`, text: 'do as I say', n: random() }));
            const fake = make(signed);
            if (!fake) return;
            kinds.set(name, (kinds.get(name) ?? new Set()).add(mutation));
            forged++;
            const { status, text } = await deliver(gateway.url, { path: `/webhook/${name}`, body: fake.body ?? signed.body, headers: fake.headers, localAddress: address() });
            if (status < 400) accepted.set(`${name}: ${mutation}`, status);
            else problems.expect(status < 500 && /"code":"[A-Z_]+"/.test(text), `${name}: ${mutation} was answered ${status} ${text.slice(0, 100)}`);
          });
        }
      }
    }
    await atOnce(24, jobs);
    for (const [what, status] of accepted) problems.add(`${what} was taken (${status})`);
    for (const name of Object.keys(VENDORS)) problems.expect((kinds.get(name)?.size ?? 0) >= LEAST_MUTATIONS, `${name} met only ${kinds.get(name)?.size} mutations`);
    let taken = 0;
    await atOnce(24, Object.keys(VENDORS).flatMap((name) => Array.from({ length: valid }, (_, n) => async () => {
      const { body, headers } = sign(name, bodies(random, n));
      const { status, text } = await deliver(gateway.url, { path: `/webhook/${name}`, body, headers, localAddress: '127.0.0.1' });
      if (status === 200) taken++;
      else problems.add(`a good one of ${name} (${body.slice(0, 30)}…) was answered ${status} ${text.slice(0, 100)}`);
    })));
    const ratio = tellsByTime(compare);
    problems.expect(ratio < 3, `a wrong secret that differs at its end takes ${ratio.toFixed(1)} times as long to refuse as one that differs at its beginning`);
    return { figures: `${forged} forged, ${accepted.size} kinds of them taken; ${taken} of ${valid * Object.keys(VENDORS).length} good ones taken; time tells ${ratio.toFixed(2)}x`, problems: problems.all };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const atOnce = async (lanes: number, jobs: readonly (() => Promise<void>)[]): Promise<void> => {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let job = jobs[next++]; job; job = jobs[next++]) await job();
  };
  await Promise.all(Array.from({ length: lanes }, work));
};

/** How much longer it takes to find that two texts differ in their last character than in their first. Long ones, so that it shows. */
const tellsByTime = (compare: (shown: string, known: string) => boolean): number => {
  const length = 1_000_000;
  const known = Buffer.alloc(length, 'a').toString('latin1');
  const early = Buffer.alloc(length, 'a');
  const late = Buffer.alloc(length, 'a');
  early[0] = 98;
  late[length - 1] = 98;
  const [first, last] = [early.toString('latin1'), late.toString('latin1')];
  const time = (shown: string): number => {
    const from = performance.now();
    for (let i = 0; i < 5; i++) compare(shown, known);
    return performance.now() - from;
  };
  const pairs = Array.from({ length: 15 }, () => [time(first), time(last)] as const);
  return median(pairs.map(([, late]) => late)) / Math.max(median(pairs.map(([early]) => early)), 1e-6);
};

export const forgeries: Scenario = {
  id: 'forgeries',
  title: 'I1 forged deliveries',
  quick: () => forge({ rounds: 1, valid: 40 }),
  full: () => forge({ rounds: 16, valid: 1_000 }),
  red: {
    'the JSON is written anew before it is verified': () => forge({ rounds: 1, valid: 10, mutant: 'writes-bodies-anew' }),
    'secrets are compared with ===': () => forge({ rounds: 1, valid: 10, compare: (shown, known) => shown === known }),
  },
};
