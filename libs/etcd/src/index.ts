export { openEtcdStore, type EtcdStoreOptions } from './etcd-store.ts';
