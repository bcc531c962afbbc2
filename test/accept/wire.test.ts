import { capacity } from './capacity.ts';
import { foreignPages } from './foreign-pages.ts';
import { guessing } from './guessing.ts';
import { quickly } from './quickly.ts';
import { resume } from './resume.ts';
import { revoked } from './revoked.ts';
import { schemaFuzz } from './schema-fuzz.ts';
import { slowReaders } from './slow-readers.ts';
import { strangers } from './strangers.ts';
import { vanish } from './vanish.ts';

quickly('clients on the wire', [resume, slowReaders, foreignPages, revoked, guessing, capacity, strangers, vanish, schemaFuzz]);
