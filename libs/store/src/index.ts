export { runCampaign } from './campaign.ts';
export { checkKey, checkLeaseTtl, checkTransaction } from './checks.ts';
export {
  CompactedError,
  LeaseLost,
  LimitExceeded,
  OutcomeUnknown,
  StoreClosed,
  StoreError,
  StoreUnavailable,
} from './errors.ts';
export type { LeaseEnd } from './errors.ts';
export { storeLimits } from './port.ts';
export type {
  Change,
  Compare,
  Entry,
  Leadership,
  Lease,
  LeaseId,
  Listing,
  Operation,
  Outcome,
  Store,
  WatchBatch,
} from './port.ts';
export { RecordError } from './record.ts';
export { clusterPrefix, eventKey, records } from './records.ts';
