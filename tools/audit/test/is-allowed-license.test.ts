import { expect, it } from 'vitest'
import { isAllowedLicense } from '../is-allowed-license.ts'

it.each([
  'MIT',
  '(MIT)',
  '(BSD-3-Clause OR GPL-2.0)',
  'GPL-2.0 OR (MIT AND ISC)',
  'MIT AND Apache-2.0',
  'GPL-3.0 AND MIT OR ISC',
])('allows %s', expression => {
  expect(isAllowedLicense(expression)).toBe(true)
})

it.each([
  '',
  'GPL-3.0',
  'MIT AND GPL-3.0',
  'MIT AND (GPL-2.0 OR AGPL-3.0)',
  'ISC AND GPL-3.0 OR GPL-2.0',
  'SEE LICENSE IN LICENSE.txt',
  'UNLICENSED',
  'Apache-2.0 WITH LLVM-exception',
  '(MIT',
  'MIT ISC',
  'MIT OR',
  'mit',
])('refuses "%s"', expression => {
  expect(isAllowedLicense(expression)).toBe(false)
})
