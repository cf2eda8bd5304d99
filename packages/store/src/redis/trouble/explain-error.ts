/** How a server was reached, and the settings that say so. */
export interface Reached {
  /** Such as `redis-1:6379`, or `the sentinel redis-1:26379`. */
  server: string
  usesTls: boolean
  hasCertificate: boolean
  /** The settings of the login, for people. */
  login: string
  /** How to switch TLS on and off, for people. */
  tlsOn: string
  tlsOff: string
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]

/** Says what keeps us from a server, and which setting to correct. Never repeats a user's name or a password. */
export function explainError(error: Error, reached: Reached): string {
  const { server, login } = reached
  const code = 'code' in error ? String(error.code) : ''
  if (reached.usesTls) {
    const aboutTls = explainTls(code, reached)
    if (aboutTls) return aboutTls
  }
  if (/\b(WRONGPASS|NOAUTH)\b|invalid password/.test(error.message))
    return `${server} does not accept the login: check ${login}`
  const command = /NOPERM.*?'([\w|]+)'/.exec(error.message)?.[1]
  if (command) return `${server} does not permit the command ${command} to this user (see docs/deploy.md)`
  if (isClosed(error, code)) return `${server} closes the connection: ${hintOf(reached)}`
  return `${server} cannot be reached (${code || reasonOf(error)})`
}

function explainTls(code: string, { server, hasCertificate, tlsOff }: Reached): string | undefined {
  if (UNTRUSTED.includes(code))
    return `the certificate of ${server} is signed by a CA that is not trusted (${code}): set REDIS_CA_PATH to the certificate of the CA that signed it`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate of ${server} is for another name: use a name that it contains, or set REDIS_TLS_SERVERNAME to one`
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${server} has expired: renew it`
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return `${server} does not speak TLS: ${tlsOff}`
  // The server's alerts about our own certificate.
  if (/^ERR_SSL_.*(ALERT|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/.test(code))
    return hasCertificate
      ? `${server} does not accept the certificate in REDIS_CERT_PATH (${code})`
      : `${server} requires a client certificate (${code}): set REDIS_CERT_PATH and REDIS_KEY_PATH`
  return undefined
}

/** A server's alert about our certificate is lost if its connection is reset before the alert is read. */
function hintOf({ usesTls, hasCertificate, tlsOn, tlsOff }: Reached): string {
  if (!usesTls) return `if it speaks TLS, ${tlsOn}`
  const aboutCertificate = hasCertificate
    ? 'it may not accept the certificate in REDIS_CERT_PATH'
    : 'if it requires a client certificate, set REDIS_CERT_PATH and REDIS_KEY_PATH'
  return `${aboutCertificate}; if it does not speak TLS, ${tlsOff}`
}

const isClosed = (error: Error, code: string) =>
  code === 'ECONNRESET' || code === 'EPIPE' || error.message === 'Connection is closed.'

const reasonOf = (error: Error) => (/timed out|ETIMEDOUT/i.test(error.message) ? 'no answer' : error.name)
