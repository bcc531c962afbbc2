import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import { z } from 'zod';
import { startModelServer } from '../../test/support/model-server.ts';
import { startGateway } from './processes.ts';

const Call = z.looseObject({ messages: z.array(z.unknown()) });
export type ModelCall = z.infer<typeof Call>;

/** What the gateway asks a model for a first message: its instructions, its tools, the message. The floors make the same call. */
export const captureModelCall = async (text: string): Promise<ModelCall> => {
  await using model = await startModelServer();
  await using gateway = await startGateway({ modelUrl: model.url });
  await connect({ baseUrl: gateway.url, token: gateway.token }).call(sendMessage, { text });
  return Call.parse(model.requests[0]?.body);
};
