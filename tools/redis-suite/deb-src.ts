/** Apt's list of places to get packages from, made one of places to get their sources from. Pure. */
export function asSource(file: string, text: string): string {
  return file.endsWith('.sources')
    ? text.replaceAll(/^Types:.*$/gim, 'Types: deb-src')
    : text.replaceAll(/^deb(?=\s)/gm, 'deb-src');
}
