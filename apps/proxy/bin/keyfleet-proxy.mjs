#!/usr/bin/env node
import { withOwnNode } from '../../../tools/bootstrap/with-own-node.mjs';

await withOwnNode(() => import('../src/main.ts'));
