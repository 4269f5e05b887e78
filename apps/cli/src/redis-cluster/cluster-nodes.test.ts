import { expect, it } from 'vitest';
import { parseClusterNodes } from './cluster-nodes.ts';

const plain = {
  isSelf: false,
  isPrimary: false,
  isStranger: false,
  hasFailed: false,
  primaryId: null,
  slots: '',
};

it.each([
  [
    'a primary that is asked itself, with a slot on its way',
    'aa 127.0.0.1:7000@17000,host myself,master - 0 0 3 connected 0-99 500 [7->-bb]',
    {
      ...plain,
      id: 'aa',
      host: '127.0.0.1',
      port: 7000,
      isSelf: true,
      isPrimary: true,
      slots: '0-99,500',
    },
  ],
  [
    'a replica',
    'bb 127.0.0.1:7001@17001 slave aa 0 0 3 connected',
    { ...plain, id: 'bb', host: '127.0.0.1', port: 7001, primaryId: 'aa' },
  ],
  [
    'a primary over IPv6 that has failed',
    'cc ::1:7002@17002 master,fail - 0 0 3 disconnected 100-199',
    {
      ...plain,
      id: 'cc',
      host: '::1',
      port: 7002,
      isPrimary: true,
      hasFailed: true,
      slots: '100-199',
    },
  ],
  [
    'one that is being met',
    'dd 127.0.0.1:7003@17003 handshake - 0 0 0 connected',
    { ...plain, id: 'dd', host: '127.0.0.1', port: 7003, isStranger: true },
  ],
])('reads %s', (_what, line, want) => {
  expect(parseClusterNodes(`${line}\n`)).toEqual([want]);
});
