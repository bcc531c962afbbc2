import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import { buildConnector } from 'undici';
import { openHttpClient, type OpenHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { makeAuthority, selfSigned } from '../support/certificate.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { startTlsEndpoint } from '../support/tls-endpoint.ts';
import { openWebhookWorld } from '../support/webhook-world.ts';

const HOST = 'app.example';
const DAY = 86_400_000;
const RETRIES = 2;
/** Later than any retry. */
const LATER = DAY;

interface Case {
  readonly what: string;
  /** Absent: it speaks no TLS at all. */
  readonly tls?: TlsOptions;
  /** How the address names it, where that is not by its name. */
  readonly host?: string;
  /** What the delivery says of the failure. */
  readonly says: RegExp;
}

const authority = makeAuthority('Whom everybody trusts');

const CASES: readonly Case[] = [
  { what: 'a certificate that nobody signed', tls: selfSigned({ host: HOST }), says: /^DEPTH_ZERO_SELF_SIGNED_CERT/ },
  { what: 'one of an authority that nobody knows', tls: makeAuthority('A stranger').certify({ host: HOST }), says: /^UNABLE_TO_VERIFY_LEAF_SIGNATURE/ },
  { what: 'one that has expired', tls: authority.certify({ host: HOST, from: new Date(Date.now() - 9 * DAY), to: new Date(Date.now() - DAY) }), says: /^CERT_HAS_EXPIRED/ },
  { what: 'one of tomorrow', tls: authority.certify({ host: HOST, from: new Date(Date.now() + DAY), to: new Date(Date.now() + 9 * DAY) }), says: /^CERT_NOT_YET_VALID/ },
  { what: "another host's", tls: authority.certify({ host: 'other.example' }), says: /^ERR_TLS_CERT_ALTNAME_INVALID/ },
  { what: 'that of a host below it', tls: authority.certify({ host: `www.${HOST}` }), says: /^ERR_TLS_CERT_ALTNAME_INVALID/ },
  { what: 'a name, where an address was asked for', tls: authority.certify({ host: HOST }), host: '127.0.0.1', says: /^ERR_TLS_CERT_ALTNAME_INVALID/ },
  { what: 'TLS of long ago', tls: { ...authority.certify({ host: HOST }), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }, says: /^ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION/ },
  { what: 'no TLS', says: /^ERR_SSL_/ },
];

/** The way out as the gateway opens it, unless a proof needs it broken. */
type Open = (options: Parameters<typeof openHttpClient>[0]) => OpenHttpClient;

const probe = async (open: Open = openHttpClient): Promise<Outcome> => {
  const problems = new Problems();
  const trusted = getCACertificates('default');
  await using stack = new AsyncDisposableStack();
  setDefaultCACertificates([...trusted, authority.cert]);
  stack.defer(() => setDefaultCACertificates(trusted));
  const http = open({ resolve: async () => ['127.0.0.1'] });
  stack.defer(() => http.close());
  let now = Date.now();
  const world = stack.use(await openWebhookWorld({ http, now: () => now }));

  const register = async ({ tls, host = HOST }: Pick<Case, 'tls' | 'host'>) => {
    const endpoint = stack.use(await startTlsEndpoint(tls));
    const { id } = await world.create({ url: `https://${host}:${endpoint.port}/hook`, events: ['skill.installed'], retries: RETRIES });
    return { endpoint, id };
  };
  const good = await register({ tls: authority.certify({ host: HOST }) });
  const bad = await Promise.all(CASES.map(async (one) => ({ ...one, ...(await register(one)) })));
  await world.tell('secret-1');
  for (let tries = 0; tries <= RETRIES; tries++, now += LATER) await world.settle();

  problems.expect(good.endpoint.received.length === 1, `who can prove their name got ${good.endpoint.received.length} deliveries`);
  for (const { what, endpoint, id, says } of bad) {
    const { deliveries: [delivery] } = await world.store.listDeliveries({ webhookId: id, states: ['failed'], limit: 1, offset: 0 });
    problems.expect(endpoint.received.length === 0, `${what}: it got ${endpoint.received.length} deliveries`);
    problems.expect(endpoint.inTheOpen.length === 0, `${what}: said in the open: ${endpoint.inTheOpen.join(', ')}`);
    problems.expect(endpoint.visits === RETRIES + 1, `${what}: it was called ${endpoint.visits} times`);
    problems.expect(says.test(delivery?.lastError ?? ''), `${what}: the delivery is ${delivery?.state ?? 'no failure'} and says ${delivery?.lastError ?? 'nothing'}`);
  }
  const sent = bad.reduce((sum, { endpoint: { received, inTheOpen } }) => sum + received.length + inTheOpen.length, 0);
  return { figures: `${CASES.length} endpoints that cannot prove their name, each tried ${RETRIES + 1} times: ${sent} got anything; one that can got it`, problems: problems.all };
};

/** Connects as `tls` says. */
const carelessly = (tls: buildConnector.BuildOptions): Open => (options) => openHttpClient({ ...options, dial: buildConnector({ timeout: 2_000, allowH2: false, ...tls }) });

/** Better in the open than not at all. */
const fallsBack: Open = (options) => {
  const http = openHttpClient(options);
  return { ...http, request: (url, asked) => http.request(url, asked).catch(() => http.request(url.replace('https:', 'http:'), asked)) };
};

export const webhookCertificates: Scenario = {
  id: 'webhook-certificates',
  title: 'W6 nothing is sent to who cannot prove their name',
  quick: () => probe(),
  full: () => probe(),
  red: {
    'certificates are not looked at': () => probe(carelessly({ rejectUnauthorized: false })),
    'any name is as good as the right one': () => probe(carelessly({ checkServerIdentity: () => undefined })),
    'TLS of long ago is good enough': () => probe(carelessly({ minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' })),
    'what fails is tried without TLS': () => probe(fallsBack),
  },
};
