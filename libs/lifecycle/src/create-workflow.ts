import { planCreate, type CreateStep, type CreateView } from './plan-create.ts';
import type { ControlPlane, Platform } from './platform.ts';
import type { ClusterSpec } from './manifest.ts';

export type CreateWorkflow = {
  observe(signal: AbortSignal): Promise<CreateView>;
  plan(view: CreateView): CreateStep;
  act(step: CreateStep, view: CreateView, signal: AbortSignal): Promise<void>;
};

/** What the creation of a cluster asks of what knows of it. */
export type CreatingControlPlane = Pick<ControlPlane, 'observe' | 'recordCluster' | 'registerNode'>;

export type WorkflowParts = {
  platform: Platform;
  controlPlane: ControlPlane;
  /** The wanted spec, asked for after the configserver was looked at. */
  spec: () => ClusterSpec;
};

type CreateParts = Omit<WorkflowParts, 'controlPlane'> & { controlPlane: CreatingControlPlane };

type Step<Do extends CreateStep['do']> = Extract<CreateStep, { do: Do }>;

/** The create planner with its two ports: the same on every platform. */
export function createWorkflow({ platform, controlPlane, spec }: CreateParts): CreateWorkflow {
  return {
    observe: async (signal) => {
      const control = await controlPlane.observe(signal);
      const wanted = spec();
      return { spec: wanted, control, ...(await platform.observe(wanted, signal)) };
    },
    plan: planCreate,
    act: async (step, view, signal) => {
      switch (step.do) {
        case 'startServers':
          return platform.startServers(step.nodes, view.spec);
        case 'recordCluster':
          return controlPlane.recordCluster(view.spec, view.credentials?.secret ?? null, signal);
        case 'registerNodes':
          return registerAll(controlPlane, step.nodes, signal);
        case 'startProxies':
          return platform.startProxies(view.spec);
        case 'update':
          return update(platform, step, view.spec);
        case 'wait':
        case 'nothing':
          return;
      }
    },
  };
}

async function registerAll(
  controlPlane: CreatingControlPlane,
  nodes: Step<'registerNodes'>['nodes'],
  signal: AbortSignal,
): Promise<void> {
  for (const { node, address } of nodes) await controlPlane.registerNode(node, address, signal);
}

async function update(platform: Platform, step: Step<'update'>, spec: ClusterSpec): Promise<void> {
  if (step.nodes.length > 0) await platform.startServers(step.nodes, spec);
  if (step.proxies) await platform.startProxies(spec);
}
