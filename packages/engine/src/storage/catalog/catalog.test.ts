import { DataType } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePathPattern, takesPath } from '../../path-pattern.ts';
import { Catalog } from './catalog.ts';
import { applyChanges, encodeChanges } from './catalog-bytes.ts';

function catalogOf(paths: readonly string[]): Catalog {
  const catalog = new Catalog();
  for (const path of paths) {
    const end = path.lastIndexOf('.');
    catalog.add(catalog.intern(path.slice(0, end)), path.slice(end + 1), DataType.INT32);
  }
  return catalog;
}

function matched(catalog: Catalog, ...patterns: string[]): string[] {
  return [...catalog.match(patterns.map((it) => parsePathPattern(it)!))].map((it) => `${it.device}.${it.measurement}`);
}

describe('patterns', () => {
  const catalog = catalogOf([
    'root.b.d1.s',
    'root.a.d1.s1',
    'root.a.d1.s2',
    'root.a.d10.s1',
    'root.a.s1',
    'root.`a.b`.s',
    'root.a.d1.x.s1',
    'root.a1.d1.s1',
  ]);

  it.each([
    [
      'root.**',
      [
        'root.`a.b`.s',
        'root.a.s1',
        'root.a.d1.s1',
        'root.a.d1.s2',
        'root.a.d1.x.s1',
        'root.a.d10.s1',
        'root.a1.d1.s1',
        'root.b.d1.s',
      ],
    ],
    ['root.a.*', ['root.a.s1']],
    ['root.a.*.s1', ['root.a.d1.s1', 'root.a.d10.s1']],
    ['root.a.**.s1', ['root.a.d1.s1', 'root.a.d1.x.s1', 'root.a.d10.s1']],
    ['root.a*.d1.s*', ['root.a.d1.s1', 'root.a.d1.s2', 'root.a1.d1.s1']],
    ['root.*.*0.*', ['root.a.d10.s1']],
    ['root.`a.b`.*', ['root.`a.b`.s']],
    ['root.a.d1.s2', ['root.a.d1.s2']],
    ['root.a.d1.s3', []],
    [
      'root.**.**.**',
      ['root.a.d1.s1', 'root.a.d1.s2', 'root.a.d1.x.s1', 'root.a.d10.s1', 'root.a1.d1.s1', 'root.b.d1.s'],
    ],
  ])('%s', (pattern, paths) => {
    // Devices in code unit order, whose paths a sorting by whole paths would mix with those of devices below them.
    const byDevice = [...paths].sort((x, y) => {
      const [a, b] = [x, y].map((it) => it.slice(0, it.lastIndexOf('.')));
      return a === b ? (x < y ? -1 : 1) : a! < b! ? -1 : 1;
    });
    expect(matched(catalog, pattern)).toEqual(byDevice);
  });

  it('together name each series once', () => {
    expect(matched(catalog, 'root.a.d1.*', 'root.**.s2', 'root.b.**')).toEqual([
      'root.a.d1.s1',
      'root.a.d1.s2',
      'root.b.d1.s',
    ]);
  });

  it.each([
    '',
    'a.b',
    'root..a',
    'root.a.',
    'root.***',
    'root.a**',
    'root.a-b',
    'root.`a',
    'root.1e5',
    `root.${'a'.repeat(1100)}`,
  ])('that are none are refused: %s', (text) => expect(parsePathPattern(text)).toBeUndefined());

  it('find in the tree what they mean one by one', () => {
    const node = fc.constantFrom('a', 'b', 'ab', '`a.b`');
    const paths = fc.array(
      fc.array(node, { minLength: 2, maxLength: 4 }).map((nodes) => ['root', ...nodes].join('.')),
      { maxLength: 12 },
    );
    const pattern = fc
      .array(fc.oneof(node, fc.constantFrom('*', '**', 'a*', '*b')), { minLength: 1, maxLength: 4 })
      .map((nodes) => ['root', ...nodes].join('.'));
    fc.assert(
      fc.property(paths, pattern, (all, text) => {
        const unique = [...new Set(all)];
        // A series' name that is quoted is cut elsewhere.
        const plain = unique.filter((path) => !path.endsWith('`'));
        const found = matched(catalogOf(plain), text).sort();
        const nodesOf = (path: string): string[] => path.match(/`[^`]*`|[^.]+/g) ?? [];
        expect(found).toEqual(
          plain.filter((path) => takesPath(parsePathPattern(text)!, nodesOf(path).slice(1))).sort(),
        );
      }),
    );
  });
});

describe('changes', () => {
  it('make the same catalog elsewhere, put together or one by one', () => {
    const one = catalogOf(['root.a.d1.s1', 'root.a.d1.s2', 'root.b.s']);
    const first = encodeChanges(one.takeChanges());
    const device = one.device('root.a.d1')!;
    one.remove(device, 's1');
    one.add(device, 's1', DataType.TEXT);
    one.remove(one.device('root.b')!, 's');
    one.align(one.intern('root.c'), true);
    one.add(one.intern('root.c'), 's', DataType.BLOB);
    const second = encodeChanges(one.takeChanges());
    const expected = [...one.match([parsePathPattern('root.**')!])];
    expect(expected).toHaveLength(3);
    for (const pieces of [[first, second], [Buffer.concat([first, second])], [encodeChanges(one.everything())]]) {
      const other = new Catalog();
      for (const bytes of pieces) applyChanges(other, bytes, 'a catalog');
      expect([...other.match([parsePathPattern('root.**')!])]).toEqual(expected);
      expect([other.series, other.devices]).toEqual([3, 2]);
    }
  });

  it('share what devices have in common', () => {
    const catalog = catalogOf(['root.d1.a', 'root.d1.b', 'root.d2.a', 'root.d2.b', 'root.d3.b', 'root.d3.a']);
    const shape = (path: string) => catalog.device(path)!.shape;
    expect(shape('root.d1')).toBe(shape('root.d2'));
    expect(shape('root.d1')).not.toBe(shape('root.d3'));
    catalog.remove(catalog.device('root.d2')!, 'a');
    expect([...shape('root.d2').types.keys()]).toEqual(['b']);
    expect([...shape('root.d1').types.keys()]).toEqual(['a', 'b']);
  });
});
