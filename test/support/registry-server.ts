/** An npm registry on loopback: packuments and tarballs in the shapes of the real one, and every way to be wrong about them. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Release {
  readonly tarball: Buffer;
  readonly dist: Record<string, unknown>;
  readonly tag: string | undefined;
}

export interface RegistryServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  publish(name: string, version: string, tarball: Buffer, options?: { readonly tag?: string; readonly dist?: Readonly<Record<string, unknown>> }): void;
  /** What is served for a version from now on, whatever was said of it. */
  replace(name: string, version: string, tarball: Buffer): void;
  tag(name: string, tag: string, version: string): void;
  /** Answers instead of the registry where it returns true. */
  intercept(handler: ((request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>) | undefined): void;
}

export const sha512 = (bytes: Buffer): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

export const startRegistry = async (): Promise<RegistryServer> => {
  const packages = new Map<string, Map<string, Release>>();
  const tags = new Map<string, Map<string, string>>();
  const asked: string[] = [];
  let instead: Parameters<RegistryServer['intercept']>[0];

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an address and a port

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    asked.push(path);
    if (await instead?.(request, response)) return;
    const [, name = '', file] = /^\/((?:@[^/]+(?:\/|%2f))?[^/]+)(?:\/-\/(.+)\.tgz)?$/i.exec(path) ?? [];
    const known = packages.get(decodeURIComponent(name));
    if (!known) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
    if (file === undefined) return void response.writeHead(200, { 'content-type': 'application/vnd.npm.install-v1+json' }).end(JSON.stringify(packument(decodeURIComponent(name))));
    const release = [...known].find(([version]) => file.endsWith(`-${version}`))?.[1];
    if (!release) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': release.tarball.length }).end(release.tarball);
  };

  const packument = (name: string): object => ({
    name,
    'dist-tags': Object.fromEntries(tags.get(name) ?? []),
    modified: '2026-03-01T00:00:00.000Z',
    versions: Object.fromEntries([...(packages.get(name) ?? [])].map(([version, { dist }]) => [version, { name, version, hasInstallScript: true, dist }])),
  });

  const tag = (name: string, one: string, version: string): void => void tags.set(name, new Map(tags.get(name)).set(one, version));

  return {
    url,
    asked,
    tag,
    publish: (name, version, tarball, { tag: named = 'latest', dist = {} } = {}) => {
      const bare = name.replace(/^@[^/]+\//, '');
      const full = {
        integrity: sha512(tarball),
        shasum: createHash('sha1').update(tarball).digest('hex'),
        tarball: `${url}/${name}/-/${bare}-${version}.tgz`,
        fileCount: 2,
        unpackedSize: 1_000,
        signatures: [{ keyid: 'SHA256:x', sig: 'x' }],
        ...dist,
      };
      packages.set(name, new Map(packages.get(name)).set(version, { tarball, dist: full, tag: named }));
      tag(name, named, version);
    },
    replace: (name, version, tarball) => {
      const release = packages.get(name)?.get(version);
      if (release) packages.get(name)?.set(version, { ...release, tarball });
    },
    intercept: (handler) => void (instead = handler),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
