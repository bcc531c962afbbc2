import { h, inline, methodBadge, prose } from './dom.js';
import { operationView } from './operation.js';
import { createSchemas } from './schema.js';

const at = (id) => document.getElementById(id);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Nowhere but here: it is gone with the page. */
let token = '';
let reference;

const ask = (path) => fetch(path, { headers: token === '' ? {} : { authorization: `Bearer ${token}` }, cache: 'no-cache' });

const load = async () => {
  const response = await ask('/openapi.json').catch(() => undefined);
  if (response?.ok) return show(await response.json());
  const told = await response?.json().catch(() => undefined);
  // Without a token it was only worth a try: authentication may be off.
  at('refused').textContent = token === '' ? '' : (told?.error.message ?? 'The gateway gave no answer.');
  token = '';
  at('sign-in').hidden = false;
  at('token').focus();
};

const show = (spec) => {
  const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({ id: methods[method].operationId, method, path, object: methods[method] })));
  reference = { spec, operations, schemas: createSchemas(spec) };
  at('sign-in').hidden = true;
  at('leave').hidden = token === '';
  at('reference').hidden = false;
  at('menu').hidden = false;
  at('version').textContent = spec.info.version;
  listOperations();
  open();
};

/** The contents: those that have every word that is searched for. */
const listOperations = () => {
  const words = at('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ id, method, path, object }) => {
    const text = `${id} ${method} ${path} ${object.summary} ${object.tags.join(' ')} ${object['x-operation']}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const found = reference.operations.filter(fits);
  const groups = reference.spec['x-tagGroups'].flatMap((group) => {
    const own = found.filter(({ object }) => object['x-dialect'] === group.name);
    if (own.length === 0) return [];
    return [h('section', {}, h('h2', {}, group.title, h('small', {}, group.name)), group.tags.flatMap((tag) => tagged(tag, own)))];
  });
  at('list').replaceChildren(...(groups.length > 0 ? groups : [h('p', { class: 'notes' }, 'Nothing is called so.')]));
  mark();
};

const tagged = (tag, operations) => {
  const own = operations.filter(({ object }) => object.tags.includes(tag));
  return own.length === 0 ? [] : [h('h3', {}, tag.split(': ').at(-1)), h('ul', {}, own.map(({ id, method, path, object }) =>
    h('li', {}, h('a', { href: `#/${id}`, title: object.summary }, methodBadge(method), h('span', {}, path.replace(/^\/api(\/v1|\/native)?\//, ''))))))];
};

const overview = ({ spec, operations }) =>
  h('article', {}, h('h1', {}, `${spec.info.title} API`), prose(spec.info.description), spec['x-tagGroups'].map(({ name, title, description }) =>
    h('section', {}, h('h2', {}, title), prose(description),
      h('ul', { class: 'plain' }, operations.filter(({ object }) => object['x-dialect'] === name).map(({ id, method, path, object }) =>
        h('li', {}, h('a', { href: `#/${id}` }, methodBadge(method), h('code', {}, path)), h('span', { class: 'notes' }, inline(object.summary))))),
      h('p', {}, h('button', { class: 'quiet', type: 'button', onclick: () => download(`/openapi/${name}.json`) }, `Download ${name}.json`)))));

/** A link could not carry the token. */
const download = async (path) => {
  const link = h('a', { href: URL.createObjectURL(await (await ask(path)).blob()), download: path.split('/').at(-1) });
  link.click();
  URL.revokeObjectURL(link.href);
};

const chosen = () => reference.operations.find(({ id }) => location.hash === `#/${id}`);

const open = () => {
  if (!reference) return;
  const operation = chosen();
  at('main').replaceChildren(operation ? operationView({ ...operation, schemas: reference.schemas, ask }) : overview(reference));
  document.title = operation ? `${operation.method.toUpperCase()} ${operation.path} · OpenClaw API` : 'OpenClaw API';
  toggleMenu(false);
  scrollTo(0, 0);
  mark();
};

const mark = () => {
  for (const link of at('list').querySelectorAll('a')) {
    const here = link.hash === location.hash;
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    if (here) link.scrollIntoView({ block: 'nearest' });
  }
};

const toggleMenu = (shown) => {
  document.body.classList.toggle('menu', shown);
  at('menu').setAttribute('aria-expanded', String(shown));
};

at('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  token = at('token').value.trim();
  at('token').value = '';
  void load();
});
at('leave').addEventListener('click', () => location.reload());
at('menu').addEventListener('click', () => toggleMenu(!document.body.classList.contains('menu')));
at('theme').addEventListener('click', () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark' || (document.documentElement.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
});
at('search').addEventListener('input', listOperations);
addEventListener('hashchange', open);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || /^(input|textarea)$/i.test(event.target.tagName)) return;
  event.preventDefault();
  at('search').focus();
});
void load();
