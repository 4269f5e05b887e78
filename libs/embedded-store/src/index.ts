export { StoreFileError } from './database.ts';
export { openEmbeddedStore } from './embedded-store.ts';
