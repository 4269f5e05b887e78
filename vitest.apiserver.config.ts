import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/**
 * Tests that need a real kube-apiserver, with or without nodes: the one that KUBECONFIG names. They run side by side
 * with others of its users, each in namespaces of its own.
 */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['**/*.apiserver.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxConcurrency: 3,
    // Many start programs of ours, which load in half the time with it.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'keyfleet-compile-cache') },
  },
});
