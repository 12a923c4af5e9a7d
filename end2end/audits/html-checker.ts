import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PageResponse } from './page-states';

/** The Nu Html Checker from its package, a program for Java 17. */
const CHECKER = fileURLToPath(new URL('../node_modules/vnu-jar/build/dist/vnu.jar', import.meta.url));

/** Its result for one document. */
interface Message {
  type: string;
  subType?: string;
  url: string;
  lastLine?: number;
  message: string;
  extract?: string;
}

/** A document to check, and its name in error messages. */
export interface Document {
  name: string;
  kind: 'html' | 'css' | 'svg';
  text: string;
}

/** The HTML pages among these responses. */
export function htmlDocuments(seen: PageResponse[]): Document[] {
  const html = seen.filter(({ headers }) => headers.get('content-type')?.startsWith('text/html') === true);
  return html.map(({ who, path, status, text }) => ({ name: `${path.slice(0, 80)} (${status}, ${who})`, kind: 'html', text }));
}

/** Checks all documents in one run and returns the messages. Identical documents are checked once. */
export async function checkDocuments(documents: Document[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = new Map<string, string>();
  for (const { name, kind, text } of documents) {
    const file = `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${kind}`;
    if (names.has(file)) continue;
    names.set(file, name);
    await writeFile(join(folder, file), text);
  }
  const options = ['--format', 'json', '--exit-zero-always', '--stdout', '--also-check-css', '--also-check-svg'];
  const { stdout } = await promisify(execFile)('java', ['-jar', CHECKER, ...options, folder], { maxBuffer: 1 << 28 });
  const { messages } = JSON.parse(stdout) as { messages: Message[] };
  console.log(`The HTML checker read ${names.size} different documents of ${documents.length}.`);
  return messages.map((message) => complaint(message, names));
}

function complaint({ type, subType, url, lastLine, message, extract }: Message, names: Map<string, string>): string {
  const name = names.get(url.slice(url.lastIndexOf('/') + 1)) ?? url;
  return `${name}: ${subType ?? type}: ${message}${lastLine === undefined ? '' : ` (line ${lastLine})`} ${extract?.trim() ?? ''}`;
}
