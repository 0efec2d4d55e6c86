import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { loadSettings } from '../../server/config/load.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import {
  at,
  DEPLOY_FILES,
  findUnknownSettings,
  listCollectionFiles,
  readDocument,
  readDocuments,
  SECRET_SETTING,
  SHUTDOWN_SECONDS,
  textAt,
  textsAt,
  treeAt,
  treesAt,
  type Tree,
} from './deploy-files.ts';

const BASE = 'deploy/kubernetes/base';
const IN_FRONT = 'deploy/kubernetes/tls-in-front';
const FEEDS = 'deploy/kubernetes/feeds';
const kustomization = readDocument(`${BASE}/kustomization.yaml`);
const resources = textsAt(kustomization, 'resources').filter((name) => name.endsWith('.yaml'));
const documents = resources.flatMap((name) => readDocuments(join(BASE, name)));
const pod = treeAt(find('Deployment'), 'spec', 'template', 'spec');
const container = treeAt(pod, 'containers', 0);

function find(kind: string, name = 'pollwatch'): Tree {
  const found = documents.find(
    (document) => document['kind'] === kind && textAt(document, 'metadata', 'name') === name,
  );
  assert.ok(found, `${kind} ${name}`);
  return found;
}

/** The lines of an env file. */
function readSettings(): Readonly<Record<string, string>> {
  const lines = readFileSync(join(BASE, 'settings.env'), 'utf8').split('\n');
  const pairs = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('='));
  return Object.fromEntries(pairs.map(([name = '', ...value]) => [name, value.join('=')]));
}

/** The environment of a server, where secrets and mounted files have a value that can be read here. */
function toEnvironment(): Readonly<Record<string, string>> {
  const own = treesAt(container, 'env').map((entry) => {
    const value = at(entry, 'value');
    if (typeof value !== 'string') return [textAt(entry, 'name'), 'mongodb://db.example/pollwatch'] as const;
    return [textAt(entry, 'name'), value.startsWith('/app/tls/') ? 'package.json' : value] as const;
  });
  return { NODE_ENV: 'production', POLLWATCH_HOST: '0.0.0.0', ...readSettings(), ...Object.fromEntries(own) };
}

function isWithin(part: Tree, whole: Tree): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}

describe('deploy/kubernetes', () => {
  test('every manifest is part of the base, and the two resources of a name are one', () => {
    const files = globSync('*.yaml', { cwd: BASE }).filter((name) => name !== 'kustomization.yaml');
    assert.deepEqual(resources.toSorted(), files.sort());
    const names = documents.map((each) => `${textAt(each, 'kind')}/${textAt(each, 'metadata', 'name')}`);
    assert.equal(new Set(names).size, names.length);
    for (const kustomize of globSync('deploy/kubernetes/*/kustomization.yaml')) {
      for (const path of textsAt(readDocument(kustomize), 'resources')) {
        assert.ok(existsSync(join(dirname(kustomize), path)), `${kustomize}: ${path}`);
      }
    }
  });

  test('no secret stands in a manifest: the servers take it from a secret by its name', () => {
    assert.deepEqual(
      documents.filter(({ kind }) => kind === 'Secret'),
      [],
    );
    const secret = treesAt(container, 'env').filter(({ name }) => name === SECRET_SETTING);
    assert.equal(secret.length, 1);
    for (const entry of secret) {
      assert.equal(at(entry, 'value'), undefined);
      assert.equal(textAt(entry, 'valueFrom', 'secretKeyRef', 'name'), 'pollwatch-database');
    }
    const open = Object.keys(readSettings()).filter((name) => name === SECRET_SETTING);
    assert.deepEqual(open, []);
    for (const file of DEPLOY_FILES) {
      const text = readFileSync(file, 'utf8');
      assert.doesNotMatch(text, /mongodb(\+srv)?:\/\/[^\s/:@]+:[^\s/@$]+@/, `${file}: a password in a URL`);
      assert.doesNotMatch(text, /-----BEGIN|\bsecretGenerator\b|\bstringData\b/, file);
    }
  });

  test('every setting that a manifest names is one, and the server accepts them together', () => {
    for (const file of DEPLOY_FILES)
      assert.deepEqual(findUnknownSettings(readFileSync(file, 'utf8')), [], file);
    const settings = loadSettings(toEnvironment());
    assert.equal(settings.insecureHttp, false);
    assert.notEqual(settings.tlsCertFile, undefined);
  });

  test('there are two servers, and Kubernetes sets no names of ours for its services', () => {
    assert.equal(at(find('Deployment'), 'spec', 'replicas'), 2);
    assert.equal(at(pod, 'enableServiceLinks'), false);
    assert.equal(at(pod, 'automountServiceAccountToken'), false);
    assert.equal(at(find('Deployment'), 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), 0);
    assert.equal(at(find('PodDisruptionBudget'), 'spec', 'maxUnavailable'), 1);
  });

  test('a server is not root, has no capability and writes nothing but temporary files', () => {
    assert.equal(at(pod, 'securityContext', 'runAsNonRoot'), true);
    assert.equal(at(pod, 'securityContext', 'runAsUser'), 1000);
    assert.equal(at(pod, 'securityContext', 'seccompProfile', 'type'), 'RuntimeDefault');
    assert.equal(at(container, 'securityContext', 'allowPrivilegeEscalation'), false);
    assert.equal(at(container, 'securityContext', 'readOnlyRootFilesystem'), true);
    assert.deepEqual(textsAt(container, 'securityContext', 'capabilities', 'drop'), ['ALL']);
    const writable = treesAt(container, 'volumeMounts').filter(({ readOnly }) => readOnly !== true);
    assert.deepEqual(
      writable.map(({ mountPath }) => mountPath),
      ['/tmp'],
    );
  });

  test('a server that hangs is started anew, and one without a database only gets nothing to do', () => {
    const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => {
      assert.equal(textAt(container, probe, 'httpGet', 'port'), 'taxii');
      assert.equal(textAt(container, probe, 'httpGet', 'scheme'), 'HTTPS');
      return textAt(container, probe, 'httpGet', 'path');
    });
    assert.deepEqual(paths, ['/health/live', '/health/live', '/health/ready']);
    const { periodSeconds, failureThreshold } = treeAt(container, 'readinessProbe');
    assert.ok(Number(periodSeconds) * Number(failureThreshold) >= 30, 'longer than an election');
  });

  test('a server has longer to stop than it takes', () => {
    const command = textsAt(container, 'lifecycle', 'preStop', 'exec', 'command');
    assert.equal(command[0], 'sleep');
    assert.ok(Number(at(pod, 'terminationGracePeriodSeconds')) > SHUTDOWN_SECONDS + Number(command[1]));
    assert.equal(readSettings()['POLLWATCH_SHUTDOWN_TIMEOUT'], undefined);
  });

  test('the ports are those that the server listens on', () => {
    const ports = new Map(
      treesAt(container, 'ports').map(({ name, containerPort }) => [name, containerPort]),
    );
    assert.equal(String(ports.get('taxii')), SETTINGS.port.defaultText);
    assert.equal(String(ports.get('metrics')), readSettings()['POLLWATCH_METRICS_PORT']);
    const named = ['pollwatch', 'pollwatch-metrics'].flatMap((name) =>
      treesAt(find('Service', name), 'spec', 'ports'),
    );
    assert.deepEqual(
      named.map(({ targetPort }) => targetPort),
      ['taxii', 'metrics'],
    );
    assert.deepEqual(
      treesAt(find('NetworkPolicy'), 'spec', 'ingress').flatMap((rule) =>
        treesAt(rule, 'ports').map(({ port }) => port),
      ),
      ['taxii', 'metrics'],
    );
  });

  test('the metrics are for one namespace alone, and a server reaches names and the database alone', () => {
    const [, metrics] = treesAt(find('NetworkPolicy'), 'spec', 'ingress');
    assert.equal(treesAt(metrics, 'from').length, 1);
    const ways = treesAt(find('NetworkPolicy'), 'spec', 'egress').flatMap((rule) => treesAt(rule, 'ports'));
    assert.deepEqual(
      ways.map(({ port }) => port),
      [53, 53, 27017],
    );
  });

  test('with feeds a server also reaches public addresses on port 443, and no others', () => {
    const policy = readDocument(`${FEEDS}/network-policy.yaml`);
    assert.notEqual(textAt(policy, 'metadata', 'name'), textAt(find('NetworkPolicy'), 'metadata', 'name'));
    const labels = treeAt(find('Deployment'), 'spec', 'template', 'metadata', 'labels');
    assert.ok(isWithin(treeAt(policy, 'spec', 'podSelector', 'matchLabels'), labels));
    assert.deepEqual(textsAt(policy, 'spec', 'policyTypes'), ['Egress']);
    const [way, ...others] = treesAt(policy, 'spec', 'egress');
    assert.deepEqual(others, []);
    assert.deepEqual(treesAt(way, 'ports'), [{ port: 443 }]);
    const closed = new BlockList();
    for (const block of treesAt(way, 'to')) {
      const isOfSix = textAt(block, 'ipBlock', 'cidr') === '::/0';
      if (!isOfSix) assert.equal(textAt(block, 'ipBlock', 'cidr'), '0.0.0.0/0');
      for (const range of textsAt(block, 'ipBlock', 'except')) {
        const [address = '', length] = range.split('/');
        closed.addSubnet(address, Number(length), isOfSix ? 'ipv6' : 'ipv4');
      }
    }
    const inside = ['10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.31.0.1', '192.168.1.1'];
    for (const address of inside) assert.ok(closed.check(address), address);
    for (const address of ['::1', 'fd00::1', 'fe80::1']) assert.ok(closed.check(address, 'ipv6'), address);
    assert.equal(closed.check('93.184.215.14') || closed.check('2606:2800::1', 'ipv6'), false);
  });

  test('with feeds each key of a secret is a variable that begins with FEED_, beside the settings', () => {
    const component = readDocument(`${FEEDS}/kustomization.yaml`);
    assert.equal(textAt(component, 'kind'), 'Component');
    assert.deepEqual(textsAt(component, 'resources'), ['network-policy.yaml']);
    const [patch, ...others] = treesAt(component, 'patches');
    assert.deepEqual(others, []);
    assert.deepEqual(treeAt(patch, 'target'), { kind: 'Deployment', name: 'pollwatch' });
    const operations: unknown = parse(textAt(patch, 'patch'));
    assert.deepEqual(operations, [
      {
        op: 'add',
        path: '/spec/template/spec/containers/0/envFrom/-',
        value: { prefix: 'FEED_', secretRef: { name: 'pollwatch-feeds' } },
      },
    ]);
    // What is added to has to be there.
    assert.equal(treesAt(container, 'envFrom').length, 1);
    assert.match(readFileSync('docs/operations.md', 'utf8'), /create secret generic pollwatch-feeds /);
  });

  test('what selects servers selects them', () => {
    const labels = treeAt(find('Deployment'), 'spec', 'template', 'metadata', 'labels');
    const selectors = [
      treeAt(find('Deployment'), 'spec', 'selector', 'matchLabels'),
      treeAt(find('Service'), 'spec', 'selector'),
      treeAt(find('Service', 'pollwatch-metrics'), 'spec', 'selector'),
      treeAt(find('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels'),
      treeAt(find('NetworkPolicy'), 'spec', 'podSelector', 'matchLabels'),
      ...treesAt(pod, 'topologySpreadConstraints').map((each) =>
        treeAt(each, 'labelSelector', 'matchLabels'),
      ),
    ];
    assert.equal(selectors.length, 7);
    for (const selector of selectors)
      assert.ok(isWithin(selector, labels) && Object.keys(selector).length > 0);
  });

  test('every volume that is mounted is there, and the collections are those that ship', () => {
    const volumes = treesAt(pod, 'volumes').map(({ name }) => name);
    assert.deepEqual(
      treesAt(container, 'volumeMounts').map(({ name }) => name),
      volumes,
    );
    const [collections] = treesAt(readDocument('collections/kustomization.yaml'), 'configMapGenerator');
    assert.deepEqual(textsAt(collections, 'files'), listCollectionFiles());
    const used = treesAt(pod, 'volumes').find(({ name }) => name === 'collections');
    assert.equal(at(used, 'configMap', 'name'), at(collections, 'name'));
    const [settings] = treesAt(kustomization, 'configMapGenerator');
    assert.equal(at(container, 'envFrom', 0, 'configMapRef', 'name'), at(settings, 'name'));
  });

  test('where TLS ends in front, the servers have neither certificate nor key and are asked over HTTP', () => {
    const patched = treeAt(
      readDocument(`${IN_FRONT}/deployment.yaml`),
      ...['spec', 'template', 'spec', 'containers', 0],
    );
    const removed = treesAt(patched, 'env').map((entry) => {
      assert.equal(entry['$patch'], 'delete');
      return textAt(entry, 'name');
    });
    const tls = treesAt(container, 'env').filter(({ name }) => String(name).startsWith('POLLWATCH_TLS_'));
    assert.deepEqual(
      removed,
      tls.map(({ name }) => name),
    );
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      assert.equal(textAt(patched, probe, 'httpGet', 'scheme'), 'HTTP');
    }
    const [generator] = treesAt(readDocument(`${IN_FRONT}/kustomization.yaml`), 'configMapGenerator');
    const added = textsAt(generator, 'literals').map((literal) => literal.split('='));
    const all = [
      ...Object.entries(toEnvironment()),
      ...added.map(([name = '', value = '']) => [name, value] as const),
    ];
    const left = all.filter(([name]) => !removed.includes(name));
    const settings = loadSettings(Object.fromEntries(left));
    assert.deepEqual([settings.insecureHttp, settings.trustProxy], [true, 1]);
  });

  test('where the servers believe X-Forwarded-For, only the ingress may reach them', () => {
    const patches = treesAt(readDocument(`${IN_FRONT}/kustomization.yaml`), 'patches').map(
      ({ path }) => path,
    );
    assert.ok(patches.includes('network-policy.yaml'));
    const rules = treesAt(readDocument(`${IN_FRONT}/network-policy.yaml`), 'spec', 'ingress');
    assert.ok(rules.length > 0);
    for (const rule of rules) assert.ok(treesAt(rule, 'from').length > 0, JSON.stringify(rule));
  });
});
