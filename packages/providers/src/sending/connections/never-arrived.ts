/** The system's, Node's and our codes for connections that could not be opened. */
const NOT_OPENED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|EREFUSED|ETIMEOUT|EHOSTUNREACH|ENETUNREACH|CERT_.*|.*_CERT.*|.*_SIGNATURE|ERR_TLS_.*|ERR_PROXY_.*|CONNECT_TIMEOUT|NOT_OPEN|CLOSED)$/

/** Whether no server can have seen a request that failed with this code. After any other code a push may have been delivered. */
export const neverArrived = (code: string) => NOT_OPENED.test(code)
