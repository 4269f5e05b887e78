/**
 * Whether servers of this name want TLS, as far as names tell. ElastiCache gives a cluster other names with TLS than
 * without (`clustercfg.orders.abc.use1.cache…` and `orders.abc.clustercfg.use1.cache…`, `master.orders.abc…` and
 * `orders.abc.ng.0001…`), serverless caches have always TLS, and so has MemoryDB unless somebody switched it off.
 */
export function isTlsName(hostPort: string): boolean {
  const name = hostPort.slice(0, hostPort.lastIndexOf(':')).toLowerCase();
  if (!/\.amazonaws\.com(\.cn)?$/.test(name)) return false;
  const [, ...labels] = name.split('.');
  if (labels.includes('memorydb')) return true;
  return labels.includes('cache') && !labels.some(isOfPlainName);
}

function isOfPlainName(label: string): boolean {
  return label === 'clustercfg' || label === 'ng' || /^\d{4}$/.test(label);
}
