/**
 * Certificates of a test's own making, good ones and bad ones: Node can sign, and has no words for what is signed.
 *
 *   const authority = makeAuthority('Tests');
 *   createServer(authority.certify({ host: 'app.example' }), …);
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** As a server of TLS takes them. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

interface Subject {
  readonly host: string;
  /** A day ago, unless it is said. */
  readonly from?: Date;
  /** Tomorrow, unless it is said. */
  readonly to?: Date;
}

export interface Authority {
  /** Whoever trusts this trusts what it certifies. */
  readonly cert: string;
  certify(subject: Subject): Credentials;
}

const DAY_MS = 86_400_000;

export const makeAuthority = (name: string): Authority => {
  const own = makeKeys();
  const issuer = { name, key: own.privateKey };
  return {
    cert: certificate({ subject: name, issuer, publicKey: own.publicKey, extensions: [extension('2.5.29.19', sequence(tagged(0x01, Buffer.from([0xff]))), true)] }),
    certify: ({ host, ...period }) => {
      const { publicKey, privateKey } = makeKeys();
      return { key: pemOf(privateKey), cert: certificate({ subject: host, issuer, publicKey, ...period, extensions: [names(host)] }) };
    },
  };
};

/** Signed by nobody but itself. */
export const selfSigned = ({ host, ...period }: Subject): Credentials => {
  const { publicKey, privateKey } = makeKeys();
  return { key: pemOf(privateKey), cert: certificate({ subject: host, issuer: { name: host, key: privateKey }, publicKey, ...period, extensions: [names(host)] }) };
};

const makeKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pemOf = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));

interface Signed {
  readonly subject: string;
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly publicKey: KeyObject;
  readonly from?: Date;
  readonly to?: Date;
  readonly extensions: readonly Buffer[];
}

/** X.509, version 3 (RFC 5280, 4.1). */
const certificate = ({ subject, issuer, publicKey, from = new Date(Date.now() - DAY_MS), to = new Date(Date.now() + DAY_MS), extensions }: Signed): string => {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const said = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    commonName(issuer.name),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const whole = sequence(said, algorithm, bits(sign('sha256', said, issuer.key)));
  return `-----BEGIN CERTIFICATE-----\n${(whole.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
};

/** DER: what it is, how long it is, and itself. */
const tagged = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
const bits = (content: Uint8Array): Buffer => tagged(0x03, Buffer.from([0]), content);
const time = (at: Date): Buffer => tagged(0x17, Buffer.from(at.toISOString().replaceAll(/[-:T]|\.\d+/g, '').slice(2)));
const commonName = (name: string): Buffer => sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(name)))));
const extension = (id: string, content: Buffer, isCritical = false): Buffer => sequence(oid(id), ...(isCritical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, content));
/** Whom it is for. */
const names = (host: string): Buffer => extension('2.5.29.17', sequence(tagged(0x82, Buffer.from(host))));

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]));
};

/** Seven bits in each byte; all but the last say that another follows. */
const inSevens = (value: number): readonly number[] => (value < 0x80 ? [value] : [...inSevens(value >> 7).map((byte) => byte | 0x80), value & 0x7f]);
