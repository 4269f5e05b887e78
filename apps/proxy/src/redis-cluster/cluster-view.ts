/** A Redis Cluster as one of its nodes sees it. */

export type ClusterNode = {
  /** 40 hexadecimal digits, for the life of its `nodes.conf`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Neither failed nor still loading its data. */
  readonly isHealthy: boolean;
};

export type ClusterShard = {
  /** As in `"0-5460,9000"`; empty: a primary that has none yet, or none any more. */
  readonly slots: string;
  readonly primary: ClusterNode;
  readonly replicas: readonly ClusterNode[];
};

export type ClusterView = readonly ClusterShard[];

/** How nodes are reached: by whom they were asked, and whether over TLS. */
export type Reached = {
  /** Stands for a node that does not know its own address, or is told not to tell it. */
  readonly host: string;
  readonly isTls: boolean;
};

export function nodesOf({ primary, replicas }: ClusterShard): ClusterNode[] {
  return [primary, ...replicas];
}
