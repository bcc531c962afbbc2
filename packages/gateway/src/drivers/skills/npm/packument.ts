import { GatewayError } from '@openclaw/contract/errors';
import { z } from 'zod';
import { refused } from '../kit/refused.ts';

/** As much of a package's document as is used. */
const Packument = z.object({
  name: z.string(),
  'dist-tags': z.record(z.string(), z.unknown()).default({}),
  versions: z.record(z.string(), z.unknown()),
});

const Version = z.object({
  name: z.string(),
  version: z.string(),
  dist: z.object({ tarball: z.string(), integrity: z.string().optional() }),
});

export interface Release {
  readonly version: string;
  readonly tarball: string;
  /** `sha512-…`, one. */
  readonly integrity: string;
}

const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** The one version that was asked for, by its number or by a tag. */
export const chooseVersion = (document: Uint8Array, name: string, wanted: string): Release => {
  const { 'dist-tags': tags, versions } = readPackument(document, name);
  const tagged = Object.hasOwn(tags, wanted) ? tags[wanted] : undefined;
  const number = typeof tagged === 'string' ? tagged : wanted;
  if (!Object.hasOwn(versions, number)) {
    throw new GatewayError('skill_not_found', `The registry has no ${name}@${wanted}`, { name, version: wanted });
  }
  const parsed = Version.safeParse(versions[number]);
  if (!parsed.success || parsed.data.name !== name || parsed.data.version !== number) throw broken(name);
  const { tarball, integrity = '' } = parsed.data.dist;
  const sha512 = integrity.split(/\s+/).map((one) => one.replace(/\?.*$/, '')).filter((one) => SHA512.test(one));
  const [only] = sha512;
  if (only === undefined || sha512.length > 1) throw refused(`the registry does not vouch for ${name}@${number} with one sha512`);
  return { version: number, tarball, integrity: only };
};

const readPackument = (document: Uint8Array, name: string): z.output<typeof Packument> => {
  const parsed = Packument.safeParse(jsonOf(document));
  if (!parsed.success || parsed.data.name !== name) throw broken(name);
  return parsed.data;
};

const jsonOf = (document: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(document));
  } catch {
    return undefined;
  }
};

const broken = (name: string): GatewayError => new GatewayError('skill_source_failed', `What the registry says of ${name} cannot be understood`, { name });
