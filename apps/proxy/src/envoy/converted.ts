/** What a conversion makes: the fields of our file. */
import type { ClusterSettings } from '../settings.ts';
import type { Note } from './envoy-node.ts';

export type ClusterFields = {
  readonly [K in keyof ClusterSettings]?: ClusterSettings[K] | undefined;
};

export type UserFields = { readonly name: string } & (
  { readonly password: string } | { readonly passwordFile: string }
);

export type ListenerFields = {
  readonly port: number;
  /** Where it is another than on top. */
  readonly bind?: string;
  readonly cluster: string;
  readonly users?: readonly UserFields[];
};

export type Converted = {
  readonly file: {
    readonly bind?: string;
    /** Where it is another than that of bind. */
    readonly adminBind?: string;
    readonly adminPort?: number;
    readonly zone?: string;
    readonly listeners: readonly ListenerFields[];
    readonly clusters: Readonly<Record<string, ClusterFields>>;
  };
  readonly notes: readonly Note[];
};
