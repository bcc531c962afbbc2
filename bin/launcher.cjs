'use strict';
// Gets a checkout running on any machine with Node 18 or newer and npm: installs what is missing, picks a Node that is new enough.
// Plain CommonJS without dependencies, because nothing is installed yet when it runs.

const { createHash } = require('node:crypto');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
const MODULES = path.join(ROOT, 'node_modules');
const STAMP = path.join(MODULES, '.openclaw-installed.json');
const RUNTIME = path.join(ROOT, '.runtime');
const LOCK = path.join(ROOT, '.installing');
const BUILDS = path.join(ROOT, '.cache', 'build');
/** A gateway that has run for long may still load parts of the build it began with. */
const BUILDS_KEPT = 20;
const WANTED_MAJOR = 24;

const say = (text) => process.stderr.write(`openclaw: ${text}\n`);

const fail = (text) => {
  say(text);
  // `process.exit` passes over `finally`.
  if (fs.existsSync(LOCK) && fs.readFileSync(LOCK, 'utf8') === String(process.pid)) fs.rmSync(LOCK, { force: true });
  process.exit(1);
};

const hashOf = (...files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(fs.readFileSync(file));
  return hash.digest('hex');
};

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const LONGEST_INSTALL_MS = 10 * 60_000;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** One installer at a time: two that start together would tear each other's files. The second finds the work done. */
const alone = (work) => {
  const deadline = Date.now() + LONGEST_INSTALL_MS;
  for (let told = false; ; told = true) {
    try {
      fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(fs.existsSync(LOCK) ? fs.readFileSync(LOCK, 'utf8') : 0);
    if (holder > 0 && !isAlive(holder)) fs.rmSync(LOCK, { force: true });
    else if (Date.now() > deadline) fail(`another installation has held ${LOCK} for too long; remove it if none runs`);
    else if (!told) say('waiting for an installation that is under way …');
    pause(250);
  }
  try {
    return work();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
};

const npm = (args, cwd) => {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // A quiet install unless it fails; progress is one line before and one after.
  const result = spawnSync(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  // npm ends a failure with pages of its usage; what is wrong comes first.
  process.stderr.write(`${`${result.stdout ?? ''}${result.stderr ?? ''}`.split('\n').slice(0, 25).join('\n')}\n`);
  fail(`npm ${args[0]} failed${result.error ? `: ${result.error.message}` : ''}. Is npm installed, and can it reach its registry?`);
};

/** Installs the dependencies the lock file names, unless they are there. Development ones only where asked for. */
const ensureDependencies = ({ development }) => {
  const lock = path.join(ROOT, 'package-lock.json');
  if (!fs.existsSync(lock)) return; // The published package brings its dependencies by itself.
  const wanted = hashOf(lock, path.join(ROOT, 'package.json'));
  const isDone = () => {
    const done = readJson(STAMP);
    return done && done.lock === wanted && (done.development || !development);
  };
  // Who once checked this tree goes on doing so: a start after a change must not take the tools away.
  if (!isDone()) alone(() => isDone() || installDependencies(wanted, development || readJson(STAMP)?.development === true));
};

const installDependencies = (wanted, development) => {
  const started = Date.now();
  say(development ? 'installing dependencies for development …' : 'installing dependencies …');
  // Not `npm ci`: it refuses a lock file from which a registry without every platform's optional packages left some out.
  // Versions and hashes come from the lock file all the same, and it is not written to.
  npm(['install', '--no-save', ...(development ? [] : ['--omit=dev'])], ROOT);
  fs.writeFileSync(STAMP, JSON.stringify({ lock: wanted, development }));
  say(`dependencies installed in ${Math.round((Date.now() - started) / 1000)} s`);
};

const runtimePackages = () => Object.keys(readJson(path.join(__dirname, 'runtime', 'package.json')).optionalDependencies);

const installedNode = () => {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const one of runtimePackages()) {
    const file = path.join(RUNTIME, 'node_modules', one, 'bin', name);
    if (fs.existsSync(file)) return file;
  }
  return undefined;
};

/** This Node where it is new enough, else the exact one named in bin/runtime, installed into a folder of its own. */
const ensureNode = () => {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  const source = path.join(__dirname, 'runtime');
  const files = ['package.json', 'package-lock.json'];
  const wanted = hashOf(...files.map((file) => path.join(source, file)));
  const stamp = path.join(RUNTIME, 'installed');
  const known = () => (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted ? installedNode() : undefined);
  return known() ?? alone(() => known() ?? installNode(source, files, wanted));
};

const installNode = (source, files, wanted) => {
  say(`Node ${process.versions.node} is older than ${WANTED_MAJOR}; installing Node ${WANTED_MAJOR} beside the checkout (190 MB, once) …`);
  fs.mkdirSync(RUNTIME, { recursive: true });
  for (const file of files) fs.copyFileSync(path.join(source, file), path.join(RUNTIME, file));
  // `npm ci` checks the package against the hash in the lock file; no script of it is run.
  npm(['ci', '--ignore-scripts'], RUNTIME);
  const node = installedNode();
  if (!node) fail(`no Node package exists for ${process.platform}-${process.arch}; install Node ${WANTED_MAJOR} or newer and start again`);
  fs.writeFileSync(path.join(RUNTIME, 'installed'), wanted);
  return node;
};

/** Names what a module's sources are now: every file of theirs with its size and time, and what they depend on. */
const stateOfSources = (module) => {
  const hash = createHash('sha256').update(module);
  const look = (folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) look(file);
      else if (file.endsWith('.ts') && !file.endsWith('.test.ts')) note(file);
    }
  };
  const note = (file) => {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  };
  const packages = path.join(ROOT, 'packages');
  for (const name of fs.readdirSync(packages)) look(path.join(packages, name, 'src'));
  if (!module.startsWith(packages + path.sep)) look(path.dirname(module));
  for (const file of [path.join(__dirname, 'build.mjs'), path.join(ROOT, 'package.json'), STAMP]) if (fs.existsSync(file)) note(file);
  return hash.digest('hex').slice(0, 16);
};

/** The same module as one of a few files that load fast, made from the sources as they are now; where that cannot be, the module itself. */
const built = (module, node) => {
  try {
    const folder = path.join(BUILDS, stateOfSources(module));
    if (!fs.existsSync(folder)) build(module, folder, node);
    const file = path.join(folder, `${path.basename(module, '.ts')}.mjs`);
    return fs.existsSync(file) ? file : module;
  } catch {
    // A checkout that may not be written to, or none at all.
    return module;
  }
};

const build = (module, folder, node) => {
  fs.mkdirSync(BUILDS, { recursive: true });
  spawnSync(node, [path.join(__dirname, 'build.mjs'), module, folder], { stdio: 'ignore' });
  // One that failed is not tried again until the sources are others.
  fs.mkdirSync(folder, { recursive: true });
  const madeAt = (name) => fs.statSync(path.join(BUILDS, name)).mtimeMs;
  const old = fs.readdirSync(BUILDS).sort((a, b) => madeAt(b) - madeAt(a)).slice(BUILDS_KEPT);
  for (const name of old) fs.rmSync(path.join(BUILDS, name), { recursive: true, force: true });
};

/** Runs a module under a new enough Node, as if this process were it: same terminal, same signals, same exit code. */
const run = (source, args, { development }) => {
  ensureDependencies({ development });
  const node = ensureNode();
  // Whoever develops runs what was just written.
  const module = development ? source : built(source, node);
  // For this process it comes too late; its threads and children read it.
  process.env.NODE_COMPILE_CACHE ??= path.join(ROOT, '.cache', 'compile');
  if (node === process.execPath) {
    const { enableCompileCache } = require('node:module');
    enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
    process.argv = [process.argv[0], module, ...args];
    void import(require('node:url').pathToFileURL(module).href);
    return;
  }
  const child = spawn(node, [module, ...args], { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeAllListeners(one);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
};

module.exports = { ROOT, run, built };
