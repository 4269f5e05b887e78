import { planCreate, type CreateStep, type CreateView } from './plan-create.ts';
import type { ControlPlane, Platform } from './platform.ts';
import type { ClusterSpec } from './manifest.ts';

export type CreateWorkflow = {
  observe(signal: AbortSignal): Promise<CreateView>;
  plan(view: CreateView): CreateStep;
  act(step: CreateStep, view: CreateView, signal: AbortSignal): Promise<void>;
};

export type WorkflowParts = {
  platform: Platform;
  controlPlane: ControlPlane;
  /** The wanted spec, asked for after the configserver was looked at. */
  spec: () => ClusterSpec;
};

/** The create planner with its two ports: the same on every platform. */
export function createWorkflow({ platform, controlPlane, spec }: WorkflowParts): CreateWorkflow {
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
          return controlPlane.recordCluster(view.spec, signal);
        case 'registerNodes':
          for (const { node, address } of step.nodes)
            await controlPlane.registerNode(node, address, signal);
          return;
        case 'startProxies':
          return platform.startProxies(step.ids, view.spec);
        case 'wait':
        case 'nothing':
          return;
      }
    },
  };
}
