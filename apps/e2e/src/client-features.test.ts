/** The features over three shards. */
import { describeFeatures } from './features/describe-features.ts';
import { usePlatform } from './platform.ts';

const platform = usePlatform();

describeFeatures(() => platform.current);
