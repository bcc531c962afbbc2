import { Workspace } from '@openclaw/contract';
import type { Endpoint } from '../../../engine/ingress/index.ts';
import { ConfigError } from '../config-error.ts';
import type { Config } from '../schema.ts';

const MAIN = 'main';
const LARGEST_BODY = 1024 * 1024;

type IncomingSection = NonNullable<NonNullable<Config['webhooks']>['incoming']>;
type EndpointSection = NonNullable<IncomingSection['endpoints']>[number];
type VerifySection = NonNullable<EndpointSection['verify']>;

/** The endpoints that are in use, each whole: what it does not say of itself, all of them share. */
export const incomingFrom = (config: Config, file: string): readonly Endpoint[] => {
  const { enabled = true, secret, endpoints = [] } = config.webhooks?.incoming ?? {};
  const paths = new Set<string>();
  const all = endpoints.map((one, at): Endpoint | undefined => {
    const place = `webhooks.incoming.endpoints[${at}]`;
    const path = one.path.replaceAll(/^\/|\/$/g, '');
    if (paths.has(path)) throw new ConfigError({ file, path: `${place}.path` }, `another endpoint has the path /${path}, too; each needs one of its own`);
    paths.add(path);
    return enabled && one.enabled !== false ? endpointFrom(one, { path, place, file, secret }) : undefined;
  });
  return all.filter((endpoint) => endpoint !== undefined);
};

interface Shared {
  readonly path: string;
  readonly place: string;
  readonly file: string;
  readonly secret: IncomingSection['secret'];
}

const endpointFrom = (one: EndpointSection, { path, place, file, secret }: Shared): Endpoint => {
  const { message = '{{body}}', session = `webhook-${path.replaceAll('/', '-')}`, agent = MAIN, workspace = MAIN, dedupe = 'id', maxBodyBytes = LARGEST_BODY, deliver } = one;
  if (!Workspace.safeParse(workspace).success) throw new ConfigError({ file, path: `${place}.workspace` }, `"${workspace}" is no name of a workspace: small letters, digits, dot, dash and underscore`);
  return {
    path,
    message,
    secrets: [one.secret ?? secret ?? []].flat().filter((text) => text !== ''),
    verify: verifyFrom(one.verify ?? 'secret', `${place}.verify`, file),
    session,
    agent,
    workspace,
    ...(one.model !== undefined && { model: one.model }),
    ...(deliver && { deliver: { channel: deliver.channel, to: deliver.to, ...(deliver.thread !== undefined && { thread: deliver.thread }) } }),
    maxBodyBytes,
    ...(one.rateLimit !== undefined && { requestsPerMinute: one.rateLimit }),
    dedupe,
  };
};

const verifyFrom = (verify: VerifySection, path: string, file: string): Endpoint['verify'] => {
  if (typeof verify === 'string') return verify;
  const { header, field, hmac } = verify;
  const given = [...(header === undefined ? [] : [{ header }]), ...(field === undefined ? [] : [{ field }]), ...(hmac === undefined ? [] : [{ hmac }])];
  const [first, second] = given;
  if (first === undefined || second !== undefined) throw new ConfigError({ file, path }, 'expected exactly one of header, field and hmac');
  return first;
};
