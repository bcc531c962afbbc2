import { z } from 'zod';
import { ChannelFailure, type OutgoingFile } from '../../../engine/ports/channel.ts';
import { asPassing, bringFile, FILE_DEADLINE_MS, multipart } from '../kit/ask.ts';
import { leadsTo } from '../kit/leads-to.ts';
import type { CallGraph, GraphApiOptions } from './graph-api.ts';
import type { FetchOf } from './read-notification.ts';

/** Where WhatsApp keeps media, and may be shown the token. */
const STORE = /^lookaside\.fbsbx\.com$/;
const ID = /^[\w.-]{1,200}$/;
/** Documented as a part of the question. */
const CALLED = { 'user-agent': 'openclaw' };

const Place = z.object({ url: z.string() });
const Put = z.object({ id: z.string().min(1) });

/** What is shown as a picture, up to so many bytes. All else goes as a document. */
const PICTURES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png']);
const LARGEST_PICTURE = 5 * 1024 * 1024;
/** Of what can be read as text WhatsApp knows only the plain one. */
const TEXT = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|toml|javascript|sql)$|application\/[\w.-]+\+(?:json|xml)$)/;

export interface WhatsappMedia {
  readonly fetchOf: FetchOf;
  /** What of a message shows it. */
  readonly put: (file: Pick<OutgoingFile, 'name' | 'type' | 'content'>) => Promise<{ readonly type: string } & Readonly<Record<string, unknown>>>;
}

/** What lies with WhatsApp for one number. */
export const whatsappMedia = ({ http, apiUrl, token, mask, signal, phoneNumberId }: GraphApiOptions & { readonly phoneNumberId: string }, call: CallGraph): WhatsappMedia => ({
  fetchOf: (id) => {
    if (id === undefined || !ID.test(id)) return undefined;
    return async (mostBytes, until) => {
      const { url } = await call(`${id}?phone_number_id=${phoneNumberId}`, Place, undefined, until).catch(asPassing);
      if (!leadsTo(url, { hosts: STORE, configured: apiUrl })) throw new ChannelFailure('permanent', 'it does not lie with WhatsApp');
      const headers = { ...CALLED, authorization: `Bearer ${token}` };
      return bringFile(http, { service: 'WhatsApp', url, headers, signal: AbortSignal.any([signal, until]), deadlineMs: FILE_DEADLINE_MS, mask }, mostBytes);
    };
  },
  put: async ({ name, type: told, content }) => {
    const type = TEXT.test(told) ? 'text/plain' : told;
    const form = await multipart({ messaging_product: 'whatsapp', type }, { file: { name, type, content } });
    const { id } = await call(`${phoneNumberId}/media`, Put, { ...form, deadlineMs: FILE_DEADLINE_MS }).catch(asPassing);
    return PICTURES.has(type) && content.length <= LARGEST_PICTURE ? { type: 'image', image: { id } } : { type: 'document', document: { id, filename: name } };
  },
});
