'use strict';
// Runs one of the project's own scripts: `node bin/with-node24.cjs scripts/check.ts …`.
const path = require('node:path');
const { ROOT, run } = require('./launcher.cjs');

const [script, ...args] = process.argv.slice(2);
run(path.resolve(ROOT, script), args, { development: true });
