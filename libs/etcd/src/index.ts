export { openEtcdStore } from './etcd-store.ts';
