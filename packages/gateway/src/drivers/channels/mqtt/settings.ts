import { z } from 'zod';
import { filled, isFilter, isTopic, matched } from './topics.ts';

const BROKER = 'the address of a broker: mqtts://host or mqtt://host, with a port where it is not the usual one';
const path = () => z.string({ error: 'a path in the JSON, as in message.text' }).regex(/^[^.\s]+(?:\.[^.\s]+)*$/, { error: 'a path in the JSON, as in message.text' }).optional();
const topic = (expected: string) => z.string({ error: expected }).refine(isTopic, { error: expected });
const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected });

const Listening = z.object({
  answerTo: topic('the topic of the answers; {1} is what the first + or # stands for'),
  textPath: path(), idPath: path(), timePath: path(), answerPath: path(),
}, { error: 'an object with answerTo' });
export type Listening = z.output<typeof Listening>;

const TOPICS = 'topics to listen to (+ is one level, # at the end all that is left), each with answerTo';
const LOOP = 'answers that go where it does not listen: it would answer itself';

export const MqttSettings = z.object({
  url: z.string({ error: BROKER }).refine((value) => {
    const url = URL.parse(value);
    return /^mqtts?:$/.test(url?.protocol ?? '') && url?.hostname !== '' && url?.username === '' && url.password === '';
  }, { error: BROKER }),
  caFile: z.string({ error: 'the path of a file with certificates' }).optional(),
  clientId: z.string({ error: 'a name that nobody else has at the broker, and that stays' }).regex(/^[\w.-]{1,64}$/, { error: 'a name that nobody else has at the broker, and that stays' }),
  username: text('a name').optional(),
  password: text('a password').optional(),
  topics: z.record(z.string(), Listening, { error: TOPICS })
    .refine((topics) => Object.keys(topics).length > 0 && Object.keys(topics).every(isFilter), { error: TOPICS })
    .refine((topics) => Object.entries(topics).every(([filter, { answerTo }]) => !hears(topics, filled(answerTo, filter.split('/').map((_, i) => `level-${i}`)))), { error: LOOP }),
  statusTopic: topic('a topic').optional(),
  keepAliveSeconds: z.int({ error: 'seconds, 5 to 3600' }).min(5, { error: 'seconds, 5 to 3600' }).max(3_600, { error: 'seconds, 5 to 3600' }).default(30),
});
export type MqttSettings = z.output<typeof MqttSettings>;

/** Whether what is published there comes back. */
export const hears = (topics: Readonly<Record<string, unknown>>, name: string): boolean => Object.keys(topics).some((filter) => matched(filter, name) !== undefined);
