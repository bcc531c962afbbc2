import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, getCACertificates } from 'node:tls';
import { ChannelFailure } from '../../../engine/ports/channel.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Certificates to trust beside the usual ones. */
  readonly caFile?: string | undefined;
}

const DEADLINE_MS = 20_000;
/** What the one side or the other must mend: a certificate that is not good does not become so by waiting. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME/;

/** A socket for a channel whose wire is not HTTP. */
export const dial = async ({ host, port, tls, caFile }: Endpoint, signal: AbortSignal): Promise<Socket> => {
  const ca = await trusted(caFile);
  const socket = tls ? connectTls({ host, port, ...(ca && { ca }) }) : connectTcp({ host, port });
  socket.on('error', () => {});
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) });
    return socket.setNoDelay(true);
  } catch (thrown) {
    socket.destroy();
    throw notReached(`${host}:${port}`, thrown);
  }
};

/** Hears what a socket says. What cannot be made sense of costs the connection, and not the gateway. */
export const hear = (socket: Socket, heard: (chunk: Buffer) => void): void =>
  void socket.on('data', (chunk: Buffer) => {
    try {
      heard(chunk);
    } catch (thrown) {
      socket.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  });

/** The certificates to trust where there are more than the usual ones. */
export const trusted = async (caFile: string | undefined): Promise<string[] | undefined> => {
  if (caFile === undefined) return undefined;
  try {
    return [...getCACertificates('default'), await readFile(caFile, 'utf8')];
  } catch (thrown) {
    throw new ChannelFailure('permanent', `the certificates of ${caFile} could not be read: ${codeOf(thrown)}`);
  }
};

export const notReached = (where: string, thrown: unknown): ChannelFailure => {
  const code = codeOf(thrown);
  return new ChannelFailure(CERTIFICATE.test(code) ? 'permanent' : 'passing', `${where} could not be reached: ${code}`);
};

const codeOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'AbortError') return 'no answer in time';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.message;
};
