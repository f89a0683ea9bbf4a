// Runs the same suite in a desktop VS Code that is downloaded first. Where that is impossible the run counts as skipped, loudly.
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const DOWNLOAD_MS = 15_000;

/**
 * @param {{root: string, beside: string[], workspace: string, environment: Record<string, string>, log: (text: string) => void}} options
 * @returns {Promise<'ran' | 'skipped'>} throws when the tests failed
 */
export async function runElectron({ root, beside, workspace, environment, log }) {
  const { downloadAndUnzipVSCode, runTests, SilentReporter } = await import('@vscode/test-electron');
  const cachePath = join(process.env['MUCODE_CACHE'] ?? join(homedir(), '.cache/mucode'), 'vscode-desktop');
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    log('SKIPPED: a desktop VS Code needs a display; set DISPLAY, or run under xvfb-run.');
    return 'skipped';
  }
  let vscodeExecutablePath;
  try {
    const options = { version: 'stable', cachePath, timeout: DOWNLOAD_MS, reporter: new SilentReporter() };
    vscodeExecutablePath = await downloadAndUnzipVSCode(options);
  } catch (error) {
    log(
      `SKIPPED: the desktop VS Code cannot be downloaded here (${error instanceof Error ? error.message : String(error)}).`,
    );
    return 'skipped';
  }
  const profile = mkdtempSync(join(tmpdir(), 'mucode-desktop-'));
  try {
    await runTests({
      vscodeExecutablePath,
      extensionDevelopmentPath: [root, ...beside],
      extensionTestsPath: join(root, 'dist-test/host.cjs'),
      extensionTestsEnv: environment,
      launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', profile],
    });
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
  return 'ran';
}
