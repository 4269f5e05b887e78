export {
  ClusterName,
  ClusterSpec,
  Manifest,
  ManifestError,
  parseManifest,
  quantityBytes,
} from './manifest.ts';
export { NOWHERE, serverConfig, type ServerPlace } from './server-config.ts';
