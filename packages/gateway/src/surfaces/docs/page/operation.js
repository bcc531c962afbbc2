import { codeBlock, h, inline, methodBadge, prose } from './dom.js';
import { tryIt } from './try-it.js';

/** One operation, whole. */
export const operationView = ({ method, path, object, schemas, ask }) => {
  const parameters = object.parameters.map((one) => schemas.resolve(one));
  const content = object.requestBody?.content['application/json'];
  return h('article', {},
    h('h1', {}, inline(object.summary)),
    h('p', { class: 'path' }, methodBadge(method), h('code', {}, path)),
    h('div', { class: 'columns' },
      h('div', {},
        prose(object.description),
        ['path', 'query', 'header'].map((place) => parameterList(place, parameters.filter((one) => one.in === place), schemas)),
        content && h('section', {}, h('h2', {}, 'Body', object.requestBody.required ? h('span', { class: 'required' }, 'required') : ''), schemas.body(content.schema) ?? h('p', { class: 'notes' }, 'No fields: {} will do.')),
        answers(object.responses, schemas)),
      h('div', { class: 'examples' },
        codeBlock('curl', curl({ method, path, parameters, content, schemas, streams: streams(object) })),
        examples(object.responses, schemas),
        method === 'get' && tryIt(path, parameters, ask))));
};

const PLACES = { path: 'Path', query: 'Query', header: 'Headers' };

const parameterList = (place, parameters, schemas) =>
  parameters.length > 0 &&
  h('section', {}, h('h2', {}, PLACES[place]), h('ul', { class: 'fields' }, parameters.map(({ name, required, description, schema }) =>
    h('li', {},
      h('div', { class: 'head' }, h('code', { class: 'name' }, name), h('span', { class: 'type' }, schemas.typeOf(schema)), required && h('span', { class: 'required' }, 'required'),
        h('span', { class: 'notes' }, schemas.limits(schemas.resolve(schema)).join(' · '))),
      description && h('p', {}, inline(description))))));

const answers = (responses, schemas) =>
  h('section', {}, h('h2', {}, 'Answers'), Object.entries(responses).map(([status, { description, content = {} }]) => {
    const good = status < 400;
    const bodies = good ? Object.entries(content).map(([type, { schema }]) => [h('p', { class: 'notes' }, type), schemas.body(schema)]) : [];
    return h('details', { open: good, class: 'answer' }, h('summary', {}, h('span', { class: `status s${status[0]}` }, status), ' ', inline(description)), bodies.flat().filter(Boolean));
  }));

const streams = ({ responses }) => Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content && !('application/json' in content));

const curl = ({ method, path, parameters, content, schemas, streams: streaming }) => {
  const query = parameters.filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${example(one, schemas)}`);
  const way = parameters.filter((one) => one.in === 'path').reduce((at, one) => at.replace(`{${one.name}}`, example(one, schemas)), path);
  const lines = [
    `curl -s${streaming ? 'N' : ''}${method === 'get' || method === 'post' ? '' : ` -X ${method.toUpperCase()}`} '${location.origin}${way}${query.length > 0 ? `?${query.join('&')}` : ''}'`,
    '-H "Authorization: Bearer $TOKEN"',
  ];
  if (content) {
    const body = JSON.stringify(content.example ?? schemas.sample(content.schema), null, 2);
    lines.push("-H 'Content-Type: application/json'", `-d '${body.replaceAll("'", String.raw`'\''`)}'`);
  }
  return lines.join(' \\\n  ');
};

const example = ({ name, schema }, schemas) => {
  const value = schemas.sample(schema);
  if (name === 'workspace') return 'team';
  return value === '…' ? 'main' : value;
};

const examples = (responses, schemas) =>
  Object.entries(responses).filter(([status]) => status < 300).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, { schema, example: given, examples: lines }]) =>
      type === 'text/event-stream'
        ? lines && codeBlock(`${status} ${type}`, Object.values(lines).map(({ value }) => `data: ${JSON.stringify(value)}\n`).join('\n'))
        : codeBlock(status, JSON.stringify(given ?? schemas.sample(schema), null, 2))));
