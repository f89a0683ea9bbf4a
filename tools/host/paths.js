// Where the set-up put what the harness needs. The set-up itself is ../setup.js.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NEEDED = ['codeServer', 'codeServerNode', 'chromium'];

/**
 * @param {string} root
 * @returns {{codeServer: string, codeServerNode: string, chromium: string}}
 */
export function readPaths(root) {
  const file = join(root, '.mucode/paths.json');
  const paths = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const missing = NEEDED.filter((name) => !paths[name] || !existsSync(paths[name]));
  if (missing.length === 0) return paths;
  throw new Error(`${missing.join(', ')} missing. Run: node tools/setup.js --for editor`);
}
