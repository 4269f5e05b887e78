import { describe, expect, it } from 'vitest';
import { choosePlatform } from './choose-platform.ts';

const whatever = { json: false, follow: false, allNamespaces: false, previous: false };

describe('choosePlatform', () => {
  it.each([
    ['nothing is said', {}, {}, 'local'],
    ['a data directory is said', { dataDir: 'd' }, {}, 'local'],
    ['a context is said', { context: 'kind' }, {}, 'kubernetes'],
    ['a namespace is said', { namespace: 'shop' }, {}, 'kubernetes'],
    ['a kubeconfig is said', { kubeconfig: 'k' }, {}, 'kubernetes'],
    ['all namespaces are meant', { allNamespaces: true }, {}, 'kubernetes'],
    ['the environment names a context', {}, { KEYFLEET_CONTEXT: 'kind' }, 'kubernetes'],
    [
      'the environment says where it is installed',
      {},
      { KEYFLEET_INSTALL_NAMESPACE: 'k' },
      'local',
    ],
    ['flag against environment', { dataDir: 'd' }, { KEYFLEET_CONTEXT: 'kind' }, 'local'],
    ['the other way', { context: 'kind' }, { KEYFLEET_DATA_DIR: 'd' }, 'kubernetes'],
  ])('when %s', (_name, flags, env, kind) => {
    expect(choosePlatform(false, { ...whatever, ...flags }, env)).toEqual({ kind, mistakes: [] });
  });

  it('means Kubernetes as a plugin of kubectl, whatever is said', () => {
    const choice = choosePlatform(true, {}, { KEYFLEET_DATA_DIR: 'd' });
    expect(choice).toEqual({ kind: 'kubernetes', mistakes: [] });
  });

  it.each([
    [
      { dataDir: 'd', context: 'kind', namespace: 'shop' },
      {},
      '--data-dir  is for this machine, --context, --namespace for Kubernetes: want one',
    ],
    [
      {},
      { KEYFLEET_DATA_DIR: 'd', KEYFLEET_NAMESPACE: 'shop' },
      'KEYFLEET_DATA_DIR  is for this machine, KEYFLEET_NAMESPACE for Kubernetes: want one',
    ],
    [
      { allNamespaces: true, namespace: 'shop' },
      {},
      '--all-namespaces  cannot go with --namespace: want one',
    ],
    [{ previous: true, follow: true }, {}, '--previous  cannot go with --follow: want one'],
  ])('refuses %o with %o', (flags, env, mistake) => {
    expect(choosePlatform(false, flags, env).mistakes).toEqual([mistake]);
  });
});
