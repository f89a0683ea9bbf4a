// The place of new import lines in files of every shape; what both languages must agree on is in test/contract/splices.json.

import assert from 'node:assert/strict';
import { importLine } from '../../../src/repair/imports.ts';

type Lines = readonly string[];

describe('importLine', () => {
  const at = (...lines: Lines): number =>
    importLine(
      lines,
      lines.findIndex((line) => line.startsWith('def')),
    );

  it('is after the last import', () => {
    assert.equal(at('import os', 'from a import b', '', 'def f(): ...'), 2);
  });

  it('is after an import that goes on over several lines', () => {
    assert.equal(at('from a import (', '    b,', '    c,', ')', '', 'def f(): ...'), 4);
    assert.equal(at('import a, \\', '    b', 'def f(): ...'), 2);
  });

  it('is after the docstring and the comments at the top when there is no import', () => {
    assert.equal(at('#!/usr/bin/env python', '# -*- coding: utf-8 -*-', '', 'X = 1', 'def f(): ...'), 2);
    assert.equal(at('"""One line."""', '', 'def f(): ...'), 1);
    assert.equal(at('"""Several', 'lines.', '"""', 'X = 1', 'def f(): ...'), 3);
    assert.equal(at('X = 1', 'def f(): ...'), 0);
  });

  it('is not inside a docstring that talks of imports', () => {
    assert.equal(at('"""Talks.', 'import this', '"""', 'import os', 'def f(): ...'), 4);
    assert.equal(at('"""Talks.', 'import this', '"""', 'def f(): ...'), 3);
  });

  it('is never below the region', () => {
    assert.equal(at('def f(): ...', 'import os'), 0);
  });
});
