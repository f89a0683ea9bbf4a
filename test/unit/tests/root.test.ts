// Which project a file belongs to, in every layout that people have.

import assert from 'node:assert/strict';
import { projectRoot } from '../../../src/tests/root.ts';
import { treeOf } from './tree.ts';

const home = '/home/ada';

async function rootOf(file: string, paths: readonly string[], folder: string | null = null) {
  const { path, why, folders } = await projectRoot(file, treeOf(Object.fromEntries(paths.map((one) => [one, '']))), {
    folder,
    home,
  });
  return { path, why, folders };
}

describe('projectRoot', () => {
  for (const marker of ['pyproject.toml', 'setup.cfg', 'setup.py', 'pytest.ini', 'tox.ini']) {
    it(`takes the folder with ${marker}`, async () => {
      const { path, why } = await rootOf('/home/ada/p/tests/test_a.py', [`/home/ada/p/${marker}`]);
      assert.deepEqual([path, why], ['/home/ada/p', marker]);
    });
  }

  it('takes the nearest of several projects in one repository', async () => {
    const paths = ['/r/.git/HEAD', '/r/pyproject.toml', '/r/packages/a/pyproject.toml', '/r/packages/b/setup.py'];
    const a = await rootOf('/r/packages/a/tests/test_a.py', paths, '/r');
    assert.equal(a.path, '/r/packages/a');
    assert.deepEqual(a.folders, ['/r/packages/a', '/r/packages', '/r']);
    assert.equal((await rootOf('/r/packages/b/test_b.py', paths, '/r')).path, '/r/packages/b');
    assert.equal((await rootOf('/r/tools/test_t.py', paths, '/r')).path, '/r');
  });

  it('takes the repository where there is no marker, and goes no further up', async () => {
    const paths = ['/w/pyproject.toml', '/w/r/.git/HEAD'];
    const { path, why } = await rootOf('/w/r/tests/test_a.py', paths);
    assert.deepEqual([path, why], ['/w/r', '.git']);
  });

  it('goes above the open folder only in the same repository', async () => {
    const inside = await rootOf('/r/pkg/test_a.py', ['/r/.git/HEAD', '/r/setup.py'], '/r/pkg');
    assert.equal(inside.path, '/r');
    const outside = await rootOf('/w/open/test_a.py', ['/w/setup.py'], '/w/open');
    assert.deepEqual([outside.path, outside.why], ['/w/open', 'the open folder']);
  });

  it('does not mind an open folder that the file is not in', async () => {
    assert.equal((await rootOf('/w/p/tests/test_a.py', ['/w/p/setup.py'], '/w/other')).path, '/w/p');
  });

  it('takes no home folder for a project, whatever lies in it', async () => {
    const paths = ['/home/ada/.git/HEAD', '/home/ada/pyproject.toml', '/home/setup.py'];
    const { path, why, folders } = await rootOf('/home/ada/loose/test_a.py', paths);
    assert.deepEqual([path, why], ['/home/ada/loose', 'the folder of the file']);
    assert.deepEqual(folders, ['/home/ada/loose']);
  });
});
