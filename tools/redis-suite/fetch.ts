/** Fetches the source package that has the suite, once: `bootstrap.sh --tests` calls it. */
import { fetchedSource, fetchSource } from './source.ts';

try {
  if ((await fetchedSource()) === null) {
    console.log(
      'bootstrap: getting the source of redis-server, which has its tests (apt-get source)',
    );
    await fetchSource();
  }
} catch (error) {
  console.error(`bootstrap: Cannot get the source of redis-server: ${(error as Error).message}`);
  process.exitCode = 1;
}
