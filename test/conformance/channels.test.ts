import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../support/debian.ts';
import { type Post, startPost } from '../support/mail.ts';
import { channelConformance } from './channel.ts';
import { discordService } from './channels/discord.ts';
import { emailServices, MAIL_PASSWORD } from './channels/email.ts';
import { ircService } from './channels/irc.ts';
import { matrixService } from './channels/matrix.ts';
import { memoryService } from './channels/memory.ts';
import { mqttService } from './channels/mqtt.ts';
import { slackService, slackThatComes } from './channels/slack.ts';
import { telegramService, telegramThatComes } from './channels/telegram.ts';
import { whatsappService } from './channels/whatsapp.ts';

describe('telegram', () => channelConformance(telegramService));
describe('telegram, which comes to us', () => channelConformance(telegramThatComes, ['connection']));
describe('slack', () => channelConformance(slackService));
describe('slack, which comes to us', () => channelConformance(slackThatComes, ['connection']));
describe('matrix', () => channelConformance(matrixService));
describe('discord', () => channelConformance(discordService));
describe('irc', () => channelConformance(ircService, ['memory']));
describe('mqtt', () => channelConformance(mqttService, ['groups', 'refusals', 'limits']));
describe('whatsapp', () => channelConformance(whatsappService, ['connection', 'groups', 'limits']));
describe('memory', () => channelConformance(memoryService));

const missing = await needs('dovecot-imapd', 'openssl');
describe.skipIf(missing)(`email${missing}`, () => {
  let post: Post;
  beforeAll(async () => {
    post = await startPost(MAIL_PASSWORD);
  });
  afterAll(() => post[Symbol.asyncDispose]());
  channelConformance(emailServices(() => post), ['groups', 'limits']);
});
