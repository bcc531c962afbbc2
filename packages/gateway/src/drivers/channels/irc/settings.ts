import { z } from 'zod';

const text = (expected: string, form: RegExp) => z.string({ error: expected }).regex(form, { error: expected });
const NICK = 'a nickname, as IRC has them';
const nick = /^[^\s:,!@*?#&+~$%.\d-][^\s:,!@*?]{0,49}$/;
const secret = (of: string) => text(`the password of ${of}`, /^[^\r\n\0]{1,300}$/);
const word = /^[^\s\0]{1,200}$/;

export const IrcSettings = z.object({
  server: text('the name of an IRC server', word),
  port: z.int({ error: 'a port' }).min(1, { error: 'a port' }).max(65_535, { error: 'a port' }).optional(),
  tls: z.boolean({ error: 'true or false' }).default(true),
  caFile: z.string({ error: 'the path of a file with certificates' }).optional(),
  nick: text(NICK, nick),
  username: text('a word of letters and digits', /^[\w-]{1,10}$/).default('openclaw'),
  realName: text('a name', /^[^\r\n\0]{1,100}$/).default('OpenClaw'),
  password: secret('the server').optional(),
  sasl: z.object({ account: text('the name of an account', word), password: secret('the account') }, { error: 'an account and its password' }).optional(),
  nickServPassword: secret('the nickname, for NickServ').optional(),
  join: z.array(text('the name of a channel, and its key after a space where it has one', /^[#&+!][^\s,:\x07]{0,199}(?: [^\s,]{1,50})?$/), { error: 'a list of channels' }).default([]),
  trustHostmasks: z.boolean({ error: 'true or false' }).default(false),
});
export type IrcSettings = z.output<typeof IrcSettings>;
