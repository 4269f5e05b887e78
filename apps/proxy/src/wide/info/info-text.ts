/** The text of INFO, taken apart and put together. */

/** By name, as the servers order them. Of a field that comes more than once (`module`) all values. */
export type InfoSections = Map<string, InfoFields>;
export type InfoFields = Map<string, string>;

export function parseInfo(text: string): InfoSections {
  const sections: InfoSections = new Map();
  let fields: InfoFields = new Map();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.startsWith('# ')) sections.set(line.slice(2), (fields = new Map<string, string>()));
    else if (colon > 0) addField(fields, line.slice(0, colon), line.slice(colon + 1));
  }
  return sections;
}

function addField(fields: InfoFields, name: string, value: string): void {
  const former = fields.get(name);
  fields.set(name, former === undefined ? value : `${former}\r\n${name}:${value}`);
}

export function formatInfo(sections: InfoSections): string {
  return [...sections]
    .map(([name, fields]) => {
      const lines = [...fields].map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${name}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}
