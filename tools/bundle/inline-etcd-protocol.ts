/**
 * etcd3 reads its protocol from a file beside it when it is loaded; a bundle has no file beside it. The protocol goes
 * into the bundle instead, in the form that the same loader takes as a value.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf from 'protobufjs';

const fromFile = '(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`';

export const inlineEtcdProtocol: Plugin = {
  name: 'inline-etcd-protocol',
  setup(build) {
    build.onLoad({ filter: /etcd3[\\/]lib[\\/]connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes(fromFile))
        throw new Error(`Cannot bundle ${path}: want ${fromFile} in it`);
      const file = join(path, '../../proto/rpc.proto');
      // The case is kept as etcd3 asks its loader to.
      const protocol = await new protobuf.Root().load(file, { keepCase: true });
      const fromValue = `(0, proto_loader_1.fromJSON)(${JSON.stringify(protocol.toJSON())}`;
      return { contents: source.replace(fromFile, () => fromValue) };
    });
  },
};
