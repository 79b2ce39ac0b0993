import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathText } from '../text/names.ts';
import { namesOf, pathOfNames } from './path-names.ts';

const name = fc.oneof(
  fc.constantFrom('a', '1', '1e5', 'a b', 'a.b', '`', '``', '.', 'root', '温度'),
  fc.string({ minLength: 1, maxLength: 4 }),
);

it('names are those of the path that was made of them', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
      expect(namesOf(pathText(pathOfNames(names, { start: 0, end: 0 })))).toEqual(names);
    }),
  );
});
