import { matrixChannel } from '../../../packages/gateway/src/drivers/channels/matrix/index.ts';
import { startMatrixServer } from '../../support/matrix-server.ts';
import type { ChannelService } from '../channel.ts';

export const matrixService = async (): Promise<ChannelService> => {
  const server = await startMatrixServer();
  const [dm, group, ann] = ['!dm:test', '!friends:test', '@ann:test'];
  server.room(dm, [ann, server.me]);
  server.room(group, [ann, '@bob:test', server.me]);
  return {
    driver: matrixChannel,
    section: { homeserver: server.url, accessToken: server.token },
    refusedSection: { homeserver: server.url, accessToken: 'syt_not_a_token_that_is_known' },
    wrongSection: { homeserver: 'example.org', accessToken: server.token },
    secret: server.token,
    annId: ann,
    groupId: group,
    address: { channel: 'matrix', to: dm },
    says: (text) => server.says(dm, ann, text),
    saysInGroup: (text, { mention }) => server.says(group, ann, { msgtype: 'm.text', body: text, 'm.mentions': mention ? { user_ids: [server.me] } : {} }),
    texts: (to) => server.sent(to).map(({ text }) => text),
    refuses: () => server.befalls('send', { status: 403, errcode: 'M_FORBIDDEN' }),
    limits: (seconds) => server.befalls('send', { status: 429, errcode: 'M_LIMIT_EXCEEDED', more: { retry_after_ms: seconds * 1_000 } }),
    losesAnswers: () => server.befalls('send', { cut: 'after' }),
    cut: () => {
      server.befalls('sync', { cut: 'before' });
      server.wake();
    },
    untaken: () => server.untaken(),
    files: {
      says: (text, file) => server.says(dm, ann, { msgtype: 'm.file', body: text, filename: file.name, url: server.has(file), info: { mimetype: file.type, size: file.content.length } }),
      sent: (to) => server.sentFiles(to),
      withholds: () => server.befalls('download', { status: 404, errcode: 'M_NOT_FOUND' }, { status: 404, errcode: 'M_NOT_FOUND' }),
      refuses: () => server.befalls('send', { status: 403, errcode: 'M_FORBIDDEN' }),
      losesAnswers: () => server.befalls('send', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
