// Short names of tests for people. The ids of a project's tests are paths, too long for a column or a line; ids made elsewhere
// are names already.

/** `tests/test_x.py::TestA::test_b[1]` is `TestA.test_b[1]`; a doctest's and a plain assert's names say their place. */
export function testName(id: string): string {
  const [file = '', ...parts] = id.split('::');
  const [first, second] = parts;
  if (first === undefined) return id;
  const stem = file.slice(file.lastIndexOf('/') + 1);
  if (/^\d+$/.test(first)) return `${stem}:${first}`;
  if (parts.length === 2 && second !== undefined && /^\d+$/.test(second)) {
    return `${first.slice(first.lastIndexOf('.') + 1)} example ${Number(second) + 1}`;
  }
  return parts.join('.');
}
