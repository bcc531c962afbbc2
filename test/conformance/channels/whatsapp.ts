import { expect } from 'vitest';
import { whatsappChannel } from '../../../packages/gateway/src/drivers/channels/whatsapp/index.ts';
import { startWhatsappServer } from '../../support/whatsapp-server.ts';
import type { ChannelService } from '../channel.ts';

export const whatsappService = async (): Promise<ChannelService> => {
  const server = await startWhatsappServer();
  let withheld = false;
  return {
    driver: whatsappChannel,
    section: server.section,
    refusedSection: { ...server.section, accessToken: 'EAAJB_a_token_that_is_not_known' },
    wrongSection: { ...server.section, phoneNumberId: '+49 151' },
    secret: server.section.accessToken,
    annId: server.ann,
    groupId: 'there are none',
    address: { channel: 'whatsapp', to: server.ann },
    says: (text) => server.says({ text }),
    saysInGroup: () => expect.fail('it speaks in no groups'),
    texts: (to) => server.sent(to).map(({ text }) => text),
    refuses: () => server.befalls({ status: 400, code: 131_047, message: 'Re-engagement message' }),
    limits: () => expect.fail('it never says for how long'),
    losesAnswers: () => server.befalls({ cut: 'after' }),
    cut: () => expect.fail('there is nothing to cut'),
    untaken: () => server.untaken(),
    files: {
      says: (text, { name, type, ...file }) => server.says({ more: { type: 'document', document: { id: withheld ? '1' : server.has({ name, type, ...file }), filename: name, mime_type: type, caption: text } } }),
      sent: (to) => server.sentFiles(to),
      withholds: () => void (withheld = true),
      refuses: () => server.befalls({ status: 400, code: 131_047, message: 'Re-engagement message' }),
      losesAnswers: () => server.befalls({ cut: 'after' }),
    },
    reaches: (answer) =>
      server.comesTo(async (body, signature) => {
        const { outcome } = await answer({ method: 'POST', header: (name) => (name === 'x-hub-signature-256' ? signature : undefined), parameter: () => undefined, body: Buffer.from(body) });
        return outcome === 'taken' ? 200 : 401;
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
