import { z } from 'zod';

const words = (expected: string) => z.string({ error: expected }).regex(/^[^\r\n\0]{1,500}$/, { error: expected });
const ADDRESS = 'an address of mail, without a name: agent@example.org';
export const isAddress = (text: string): boolean => /^[^\s<>()[\]\\,;:"@]{1,64}@[^\s<>()[\]\\,;:"@]{1,190}$/.test(text);

const Server = z.object({
  host: words('the name of a server'),
  port: z.int({ error: 'a port' }).min(1, { error: 'a port' }).max(65_535, { error: 'a port' }).optional(),
  security: z.enum(['tls', 'starttls', 'none'], { error: 'one of "tls", "starttls", "none"' }).default('tls'),
}, { error: 'a server: { host: "…" }' });
export type Server = z.output<typeof Server>;

export const EmailSettings = z.object({
  address: z.string({ error: ADDRESS }).refine(isAddress, { error: ADDRESS }),
  name: words('a name').optional(),
  username: words('the name of the account').optional(),
  password: words('the password of the account'),
  imap: Server,
  smtp: Server,
  caFile: z.string({ error: 'the path of a file with certificates' }).optional(),
  authservId: words('what your mail server calls itself at the beginning of Authentication-Results').regex(/^\S+$/, { error: 'what your mail server calls itself at the beginning of Authentication-Results' }),
  mailbox: words('the name of a mailbox').default('INBOX'),
  moveTo: words('the name of a mailbox').optional(),
  pollSeconds: z.int({ error: 'seconds, 5 to 3600' }).min(5, { error: 'seconds, 5 to 3600' }).max(3_600, { error: 'seconds, 5 to 3600' }).default(120),
});
export type EmailSettings = z.output<typeof EmailSettings>;

export const usernameOf = ({ username, address }: EmailSettings): string => username ?? address;
