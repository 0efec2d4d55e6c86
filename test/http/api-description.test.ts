import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Router } from 'express';
import { Ajv2020, type SchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { FORMATS } from '../../server/api/description.ts';
import { FEED_FAULTS } from '../../server/domain/feed.ts';
import { toEndpoint } from '../../server/ops/endpoint.ts';
import { startApiPlace, type ApiAnswer, type ApiPlace } from './api-place.ts';
import { API_FEEDS as feeds, FULL_PULL, PULL, PUSH, rejects } from './api-samples.ts';

const file = readFileSync(new URL('../../schemas/api/openapi.json', import.meta.url), 'utf8');

interface Media {
  readonly schema: SchemaObject;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Described {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers?: object;
}
interface Operation {
  readonly responses: Readonly<Record<string, Described>>;
  readonly requestBody?: Described;
}
type Path = Readonly<Record<string, Operation>>;

interface Document {
  readonly paths: Readonly<Record<string, Path>>;
  readonly components: {
    readonly responses: Readonly<Record<string, Described>>;
    readonly requestBodies: Readonly<Record<string, Described>>;
    readonly schemas: Readonly<Record<string, SchemaObject>>;
  };
}

const document = parseDocument(file);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function parseDocument(text: string): Document {
  return JSON.parse(text) as Document;
}

/** `GET /feeds` and so on, sorted. */
function listDescribed(): readonly string[] {
  return Object.entries(document.paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => METHODS.includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}

/** The same of what the router has. */
function listRoutes(router: Router): readonly string[] {
  return router.stack
    .flatMap(({ route }) => {
      assert.ok(route, 'the router has routes alone');
      const path = route.path.replace('/api/v1', '').replace(/:(\w+)/g, '{$1}');
      const methods = route.stack.flatMap(({ method }) => (METHODS.includes(method) ? [method] : []));
      return [...new Set(methods)].map((method) => `${method.toUpperCase()} ${path}`);
    })
    .sort();
}

function resolve(described: Described): Described {
  const [, kind, name = ''] =
    /^#\/components\/(responses|requestBodies)\/(\w+)$/.exec(described.$ref ?? '') ?? [];
  if (kind === 'responses') return document.components.responses[name] ?? assert.fail(name);
  if (kind === 'requestBodies') return document.components.requestBodies[name] ?? assert.fail(name);
  return described;
}

/** Every schema with what may not be in an answer: members that the document does not name. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, close(value)]));
  const isOpen = inner['type'] === 'object' && 'properties' in inner && !('additionalProperties' in inner);
  return isOpen && !('oneOf' in inner) ? { ...inner, additionalProperties: false } : inner;
}

describe('the description of the management API (schemas/api/openapi.json)', () => {
  let place: ApiPlace;
  let ajv: Ajv2020;
  before(async () => {
    place = await startApiPlace();
    ajv = new Ajv2020({ strict: false, discriminator: true, formats: { ...FORMATS, uuid: true } });
    const schemas = { ...document.components.schemas };
    for (const name of [
      'FeedList',
      'Feed',
      'Partner',
      'Cursor',
      'Counts',
      'Run',
      'FeedError',
      'RejectList',
      'Reject',
      'Error',
    ])
      schemas[name] = parseSchema(close(schemas[name]));
    ajv.addSchema({ components: { schemas } }, 'openapi.json');
  });
  after(() => place[Symbol.asyncDispose]());

  function parseSchema(value: unknown): SchemaObject {
    return value as SchemaObject;
  }

  const compile = (schema: SchemaObject): ValidateFunction => {
    const ref: unknown = schema['$ref'];
    return ajv.compile(typeof ref === 'string' ? { $ref: `openapi.json${ref}` } : schema);
  };

  /** Checks that the answer is one that the document names, and looks as it says. */
  const check = (operation: Operation, { status, headers, text, json }: ApiAnswer): void => {
    const described =
      operation.responses[String(status)] ?? assert.fail(`${status} is not described: ${text}`);
    const { content, headers: named = {} } = resolve(described);
    for (const name of Object.keys(named)) {
      if (name !== 'Retry-After') assert.ok(headers[name.toLowerCase()] !== undefined, `${status} ${name}`);
    }
    if (!content) {
      assert.equal(text, '');
      return;
    }
    const isRight = compile(content['application/json']?.schema ?? assert.fail('no schema'));
    assert.ok(isRight(json()), `${status} ${JSON.stringify(isRight.errors)} ${text}`);
  };

  test('stands in it: every route of the router, and nothing else', () => {
    const routes = listRoutes(place.api.router);
    assert.equal(routes.length, 9);
    assert.deepEqual(routes, listDescribed());
  });

  test('is served as it is, at /api/v1/openapi.json', async () => {
    const answer = await place.ask('GET', '/api/v1/openapi.json');
    assert.equal(answer.status, 200);
    assert.equal(answer.text, file);
    assert.equal(answer.json()['openapi'], '3.1.0');
    const head = await place.ask('HEAD', '/api/v1/openapi.json');
    assert.equal(head.text, '');
    assert.equal(head.headers['content-length'], String(Buffer.byteLength(file)));
  });

  test('has an endpoint of the metrics for every route, each another one', () => {
    const endpoints = place.api.router.stack.map(({ route }) => toEndpoint(route?.path));
    assert.ok(endpoints.every((endpoint) => endpoint.startsWith('api-')));
    assert.equal(new Set(endpoints).size, endpoints.length);
    assert.equal(toEndpoint('/api/v1/anything'), 'other');
  });

  test('has examples that its own schemas take, of every body and every failure', () => {
    let checked = 0;
    const checkMedia = (where: string, described: Described, isNeeded: boolean): void => {
      for (const { schema, examples } of Object.values(resolve(described).content ?? {})) {
        if (isNeeded) assert.ok(examples, where);
        for (const { value } of Object.values(examples ?? {})) {
          const isRight = compile(schema);
          assert.ok(isRight(value), `${where}: ${JSON.stringify(isRight.errors)}`);
          checked += 1;
        }
      }
    };
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of METHODS) {
        const operation = operations[method];
        if (!operation) continue;
        if (operation.requestBody) checkMedia(`${method} ${path}`, operation.requestBody, true);
        for (const [status, described] of Object.entries(operation.responses))
          checkMedia(`${method} ${path} ${status}`, described, !status.startsWith('2'));
      }
    }
    assert.ok(checked > 50, String(checked));
  });

  test('names every fault that there can be between us and a partner', () => {
    const properties: unknown = document.components.schemas['FeedError']?.['properties'];
    assert.deepEqual(parseSchema(parseSchema(properties)['code'])['enum'], [...FEED_FAULTS]);
  });

  test('says what real answers look like, good ones and failures', async () => {
    place.feeds.put(FULL_PULL, rejects(2));
    const operationAt = (method: string, path: string): Operation =>
      document.paths[path]?.[method.toLowerCase()] ?? assert.fail(`${method} ${path}`);
    const big = { body: 'x'.repeat(70_000) };
    const rows: readonly (readonly [number, string, string, string, object?])[] = [
      [200, 'GET', '/feeds', feeds],
      [201, 'POST', '/feeds', feeds, { body: { ...PULL, name: 'in' } }],
      [201, 'POST', '/feeds', feeds, { body: { ...PUSH, name: 'out' } }],
      [400, 'POST', '/feeds', feeds, { body: {} }],
      [401, 'POST', '/feeds', feeds, { as: 'nobody' }],
      [403, 'POST', '/feeds', feeds, { as: 'analyst' }],
      [406, 'POST', '/feeds', feeds, { headers: { Accept: 'text/html' } }],
      [409, 'POST', '/feeds', feeds, { body: { ...PULL, name: 'in' } }],
      [413, 'POST', '/feeds', feeds, big],
      [415, 'POST', '/feeds', feeds, { body: '{}', headers: { 'Content-Type': 'text/plain' } }],
      [200, 'GET', '/feeds/{name}', `${feeds}/full`],
      [200, 'GET', '/feeds/{name}', `${feeds}/out`],
      [404, 'GET', '/feeds/{name}', `${feeds}/none`],
      [400, 'GET', '/feeds/{name}', `${feeds}/full?x=1`],
      [200, 'GET', '/feeds/{name}/rejects', `${feeds}/full/rejects`],
      [400, 'GET', '/feeds/{name}/rejects', `${feeds}/full/rejects?limit=0`],
      [202, 'POST', '/feeds/{name}/run', `${feeds}/full/run`],
      [409, 'POST', '/feeds/{name}/run', `${feeds}/full/run`],
      [202, 'POST', '/feeds/{name}/run', `${feeds}/in/run`],
      [503, 'POST', '/feeds/{name}/run', `${feeds}/out/run`],
      [200, 'POST', '/feeds/{name}/pause', `${feeds}/full/pause`],
      [413, 'POST', '/feeds/{name}/pause', `${feeds}/full/pause`, big],
      [200, 'POST', '/feeds/{name}/resume', `${feeds}/full/resume`],
      [204, 'DELETE', '/feeds/{name}', `${feeds}/full`],
      [404, 'DELETE', '/feeds/{name}', `${feeds}/full`],
      [200, 'GET', '/openapi.json', '/api/v1/openapi.json'],
    ];
    for (const [status, method, path, target, options] of rows) {
      const answer = await place.ask(method, target, options);
      assert.equal(answer.status, status, `${method} ${target} ${answer.text}`);
      if (path !== '/openapi.json') check(operationAt(method, path), answer);
    }
  });
});
