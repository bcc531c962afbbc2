import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { matrixAdapter } from './matrix-adapter.ts';
import { USER_ID } from './read-event.ts';

const ADDRESS = 'the address of the homeserver, beginning with http:// or https://';
const TOKEN = 'the access token of an account of its own';

/** Matrix, by the Client-Server API; rooms without encryption. Ids like `@ann:example.org` name people: a server never gives one to somebody else. */
export const matrixChannel = defineChannel({
  name: 'matrix',
  senderId: USER_ID,
  settings: z.object({
    homeserver: z.string({ error: ADDRESS }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: ADDRESS }),
    accessToken: z.string({ error: TOKEN }).regex(/^[\x21-\x7e]{8,2000}$/, { error: TOKEN }),
  }),
  open: matrixAdapter,
});
