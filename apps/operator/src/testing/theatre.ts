/** What all cases of a file share: the API server that KUBECONFIG names, with our CRD, and a configserver. */
import type { RequestOptions } from 'node:https';
import {
  KubeClient,
  loadKubeConfig,
  redisClusterCrd,
  type KubeObject,
  type ObjectRef,
} from '@keyfleet/kube';
import { temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { startConfigserver } from './programs.ts';
import { until } from './until.ts';
import type { Target } from './write-gate.ts';

const READY_WITHIN_MS = 20_000;
/** A Lease that was not renewed for so long is nobody's. */
const LEASE_MS = 60_000;

export type Theatre = AsyncDisposable & {
  readonly client: KubeClient;
  /** The API server, and as whom it is asked. */
  readonly api: Target;
  readonly configserver: ServerProcess;
  readonly folder: string;
};

export async function openTheatre(): Promise<Theatre> {
  const config = loadKubeConfig({ environment: process.env });
  const client = new KubeClient(config);
  const identity: RequestOptions = {};
  await config.applyToHTTPSOptions(identity);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => client.close());
  await refuseOtherOperators(client);
  await installCrd(client);
  const { path } = stack.use(await temporaryDirectory());
  const configserver = stack.use(await startConfigserver(path));
  const owned = stack.move();
  return {
    client,
    api: { url: config.getCurrentCluster()!.server, identity },
    configserver,
    folder: path,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Lease = KubeObject & { readonly spec?: { readonly renewTime?: string } };

/** One that is installed there would look after our clusters, too. */
async function refuseOtherOperators(client: KubeClient): Promise<void> {
  const metadata = { namespace: 'keyfleet-system', name: 'keyfleet-operator' };
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
  const renewedAt = (await client.get<Lease>(ref))?.spec?.renewTime;
  if (renewedAt === undefined || Date.parse(renewedAt) < Date.now() - LEASE_MS) return;
  throw new Error(
    'Cannot use this API server: the operator of keyfleet-system works there, want one without Keyfleet',
  );
}

type Crd = KubeObject & {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
};

async function installCrd(client: KubeClient): Promise<void> {
  const crd = redisClusterCrd();
  await client.apply(crd);
  await until(() => isServed(client, crd), AbortSignal.timeout(READY_WITHIN_MS));
}

async function isServed(client: KubeClient, crd: ObjectRef): Promise<boolean> {
  const { status } = (await client.get<Crd>(crd)) ?? {};
  return (
    status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true
  );
}
