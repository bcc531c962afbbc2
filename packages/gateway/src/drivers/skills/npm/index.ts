import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpClient } from '../../../engine/ports/http-client.ts';
import type { SkillSource } from '../../../engine/ports/skill-source.ts';
import { LIMITS } from '../kit/limits.ts';
import { refused } from '../kit/refused.ts';
import { unpackTarball } from '../kit/unpack-tar.ts';
import { download } from './download.ts';
import { chooseVersion, type Release } from './packument.ts';
import { PUBLIC_REGISTRY, tarballAddress } from './tarball-address.ts';

const LARGEST_PACKUMENT = 16 * 1024 * 1024;
/** The short form, where a registry has one. */
const ACCEPT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8';

interface Options {
  readonly http: Pick<HttpClient, 'request'>;
  /** The base address, as it is configured now; undefined where it is not. */
  readonly registry: () => string | undefined;
}

/** Packages of an npm registry. The version is settled once; from then on only the bytes count that the registry vouched for. */
export const npmSkills = ({ http, registry }: Options): SkillSource<{ readonly name: string; readonly version: string }> => ({
  fetch: async ({ name, version: wanted }, into, signal) => {
    const base = new URL((registry() ?? PUBLIC_REGISTRY.href).replace(/\/*$/, '/'));
    const packument = new URL(name.replace('/', '%2f'), base);
    const found = await download({ http, base, url: packument, accept: ACCEPT, limit: LARGEST_PACKUMENT, signal, missing: `the package ${name}` });
    const { version, tarball, integrity } = chooseVersion(found, name, wanted);
    const packed = await download({ http, base, url: tarballAddress(tarball, base), accept: '*/*', limit: LIMITS.archiveBytes, signal, missing: `the archive of ${name}@${version}` });
    verify(packed, integrity, `${name}@${version}`);
    await unpackTarball(packed, into, signal);
    return { from: `${name}@${version}`, version, integrity };
  },
});

const verify = (packed: Uint8Array, integrity: Release['integrity'], what: string): void => {
  const expected = Buffer.from(integrity.slice('sha512-'.length), 'base64');
  const found = createHash('sha512').update(packed).digest();
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
    throw refused(`the bytes of ${what} are not those the registry vouches for (sha512 differs)`);
  }
};
