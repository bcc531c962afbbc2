import { fullDisk } from './full-disk.ts';
import { powerCut } from './power-cut.ts';
import { quickly } from './quickly.ts';
import { slowDisk } from './slow-disk.ts';
import { storeFaults } from './store-faults.ts';

quickly('the gateway and its disk', [powerCut, fullDisk, storeFaults, slowDisk]);
