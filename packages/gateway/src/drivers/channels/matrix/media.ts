import { z } from 'zod';
import type { Attachment, OutgoingFile } from '../../../engine/ports/channel.ts';
import { asPassing, bringFile, FILE_DEADLINE_MS, NoFile } from '../kit/ask.ts';
import { type ApiOptions, type CallApi, pathOf } from './client-server-api.ts';

/** Where media lie, on any server: our own brings them from there. */
const CONTENT = /^mxc:\/\/([A-Za-z0-9.:\-[\]]{1,255})\/([\w-]{1,255})$/;

const Uploaded = z.object({ content_uri: z.string().regex(CONTENT) });

/** Older homeservers do not know the newer place to ask at. */
const UNKNOWN_PLACE: ReadonlySet<number> = new Set([404, 405]);

/** How to bring what an `mxc://` address names; undefined where it is none. */
export type FetchOf = (address: string | undefined) => Attachment['fetch'];

export interface Media {
  readonly fetchOf: FetchOf;
  /** Its address, under which nobody finds it until it is told somewhere. */
  readonly put: (file: Pick<OutgoingFile, 'name' | 'type' | 'content'>) => Promise<string>;
}

/** The media of a homeserver. */
export const media = ({ http, homeserver, token, signal }: ApiOptions, call: CallApi): Media => {
  const mask = (text: string): string => text.replaceAll(token, '[token]');

  const bring = async (place: string, mostBytes: number, until: AbortSignal): Promise<Uint8Array> => {
    const from = (api: string): Promise<Uint8Array> =>
      bringFile(http, {
        service: 'the homeserver', url: `${homeserver.replace(/\/+$/, '')}/_matrix${api}/download${place}`, headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.any([signal, until]), deadlineMs: FILE_DEADLINE_MS, mask,
      }, mostBytes);
    return from('/client/v1/media').catch((thrown: unknown) => {
      if (thrown instanceof NoFile && UNKNOWN_PLACE.has(thrown.status)) return from('/media/v3');
      throw thrown;
    });
  };

  return {
    fetchOf: (address) => {
      const [, server, id] = CONTENT.exec(address ?? '') ?? [];
      return server === undefined || id === undefined ? undefined : (mostBytes, until) => bring(pathOf`/${server}/${id}`, mostBytes, until);
    },
    put: async ({ name, type, content }) => {
      const { content_uri: address } = await call('POST', '/upload', { api: '/media/v3', query: { filename: name }, content: { type, bytes: content }, result: Uploaded, deadlineMs: FILE_DEADLINE_MS }).catch(asPassing);
      return address;
    },
  };
};
