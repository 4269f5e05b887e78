export { StoreFileError } from './database.ts';
export { openEmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.ts';
