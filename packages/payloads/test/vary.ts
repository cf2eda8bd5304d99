export type Path = (string | number)[]

/** Returns a copy of a JSON value with one field replaced. */
export function withField<Json>(json: Json, path: Path, value: unknown): Json {
  const copy = structuredClone(json)
  const { holder, key } = locate(copy, path)
  holder[key] = value
  return copy
}

/** Returns a copy of a JSON value without one field. */
export function withoutField<Json>(json: Json, path: Path): Json {
  const copy = structuredClone(json)
  const { holder, key } = locate(copy, path)
  delete holder[key]
  return copy
}

/** Returns the path of every value inside a JSON value, at every depth. */
export function pathsOf(json: unknown, at: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [at]
  const inside = Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...at, key]))
  return at.length === 0 ? inside : [at, ...inside]
}

function locate(
  json: unknown,
  path: Path,
): { holder: Record<string | number, unknown>; key: string | number } {
  const [key, ...rest] = path
  if (key === undefined || typeof json !== 'object' || json === null) {
    throw new Error(`the JSON has no field ${path.join('.')}`)
  }
  const holder = json as Record<string | number, unknown>
  return rest.length === 0 ? { holder, key } : locate(holder[key], rest)
}
