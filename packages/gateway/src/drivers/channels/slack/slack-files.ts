import { z } from 'zod';
import { type Attachment, ChannelFailure, type OutgoingFile, type SentMessage } from '../../../engine/ports/channel.ts';
import { ask, asPassing, bringFile, FILE_DEADLINE_MS } from '../kit/ask.ts';
import { leadsTo } from '../kit/leads-to.ts';
import type { CallWebApi, WebApiOptions } from './web-api.ts';

/** As Slack describes a file. Of some it says in a message no more than that there is one. */
export const SlackFile = z.object({
  id: z.string().nullish(), name: z.string().nullish(), title: z.string().nullish(), mimetype: z.string().nullish(), size: z.number().nullish(),
  url_private_download: z.string().nullish(), url_private: z.string().nullish(), file_access: z.string().nullish(),
});
export type SlackFile = z.infer<typeof SlackFile>;

const Found = z.object({ file: SlackFile });
const Place = z.object({ upload_url: z.string(), file_id: z.string() });
const Opened = z.object({ channel: z.object({ id: z.string() }) });

const A_PERSON = /^[UW]/;
/** Whose conversation with the app is known by now. */
const MOST_KNOWN = 1_000;

/** Slack, and Slack for governments: where the token may be shown. */
export const SLACK = /^(?:[a-z0-9-]+\.)*slack(?:-gov)?\.com$/;
/** Where Slack points on to, with all that is needed in the address. */
const STORES = /^(?:[a-z0-9-]+\.)*(?:slack-files|slack-edge)\.com$/;
const A_PAGE = /^\s*<(?:!doctype html|html)/i;

export interface SlackFiles {
  /** Undefined where there is nothing to bring, or where it lies elsewhere. */
  readonly fetchOf: (file: SlackFile) => Attachment['fetch'];
  readonly send: (file: OutgoingFile) => Promise<SentMessage>;
}

/** What lies with Slack, and is asked for with the token of the bot. */
export const slackFiles = ({ http, apiUrl, token, mask, signal }: WebApiOptions, call: CallWebApi): SlackFiles => {
  const shown = { authorization: `Bearer ${token}` };
  const isSlack = (url: string): boolean => leadsTo(url, { hosts: SLACK, configured: apiUrl });
  const onward = (url: string): Readonly<Record<string, string>> | undefined => {
    if (isSlack(url)) return shown;
    return leadsTo(url, { hosts: STORES, configured: apiUrl }) ? {} : undefined;
  };

  const bring = async (file: SlackFile, mostBytes: number, until: AbortSignal): Promise<Uint8Array> => {
    const url = urlOf(file) ?? '';
    if (!isSlack(url)) throw new ChannelFailure('permanent', 'it does not lie with Slack');
    const content = await bringFile(http, { service: 'Slack', url, headers: shown, onward, signal: AbortSignal.any([signal, until]), deadlineMs: FILE_DEADLINE_MS, mask }, mostBytes);
    // Whoever may not see a file is shown a page to log in at, and no refusal.
    if (content.length !== file.size && A_PAGE.test(Buffer.from(content.subarray(0, 100)).toString())) throw new ChannelFailure('permanent', 'Slack showed a page in its place: the app needs the scope files:read');
    return content;
  };

  const opened = new Map<string, string>();
  /** Words may be addressed to a person; a file only to the conversation with them, which is opened once and for all. */
  const conversationWith = async (to: string): Promise<string> => {
    const known = A_PERSON.test(to) ? opened.get(to) : to;
    if (known !== undefined) return known;
    const { channel: { id } } = await call('conversations.open', { users: to }, Opened).catch(asPassing);
    if (opened.size >= MOST_KNOWN) opened.clear();
    opened.set(to, id);
    return id;
  };

  return {
    fetchOf: (file) => {
      const { id, file_access: access } = file;
      const url = urlOf(file);
      if (url !== undefined) return isSlack(url) ? (mostBytes, until) => bring(file, mostBytes, until) : undefined;
      if (typeof id !== 'string' || access !== 'check_file_info') return undefined;
      return async (mostBytes, until) => bring((await call('files.info', { file: id }, Found, until).catch(asPassing)).file, mostBytes, until);
    },
    send: async ({ address: { to, thread }, name, type, content }) => {
      const channel = await conversationWith(to);
      const { upload_url: url, file_id: id } = await call('files.getUploadURLExternal', { filename: name, length: content.length }, Place).catch(asPassing);
      if (!isSlack(url)) throw new ChannelFailure('permanent', 'Slack names a place for the file that is not its own');
      const { status } = await ask(http, { service: 'Slack', url, method: 'POST', headers: { 'content-type': type }, body: content, signal, deadlineMs: FILE_DEADLINE_MS, mask }).catch(asPassing);
      if (status !== 200) throw new ChannelFailure('passing', `Slack answered the file with status ${status}`);
      // Until here nobody has seen it.
      await call('files.completeUploadExternal', { files: [{ id, title: name }], channel_id: channel, ...(thread !== undefined && { thread_ts: thread }) }, z.unknown());
      return { externalId: id };
    },
  };
};

const urlOf = ({ url_private_download: download, url_private: url }: SlackFile): string | undefined => download ?? url ?? undefined;
