/** Thrown for a request that cannot be done in the present state; becomes the HTTP answer `{error: {code, message}}`. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}
