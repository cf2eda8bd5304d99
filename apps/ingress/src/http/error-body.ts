/** The one shape of every refusal: a code for programs and a message that says what to mend. */
export const errorBody = (code: string, message: string) => ({ error: { code, message } })
