import { calendar } from './calendar.ts';
import { clock } from './clock.ts';
import { cron } from './cron.ts';
import { quickly } from './quickly.ts';

quickly('what is due', [cron, clock, calendar]);
