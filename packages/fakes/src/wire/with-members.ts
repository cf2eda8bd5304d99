/** The same object with more members; their getters stay getters, which `Object.assign` would read once and for all. */
export function withMembers<Base extends object, More extends object>(base: Base, more: More): Base & More {
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(more)) as Base & More
}
