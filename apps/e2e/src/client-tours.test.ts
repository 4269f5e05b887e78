/** The tours over three shards. */
import { usePlatform } from './platform.ts';
import { describeTours } from './tours/describe-tours.ts';

const platform = usePlatform();

describeTours(() => platform.current);
