/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]

/** Why something does not work, and what to do about it: each without a capital and a full stop, so that it fits into a longer text. */
export interface Explanation {
  sentence: string
  fix: string
}

/**
 * Says in plain words why a server cannot be reached, and what to do about it. `ringer doctor` and the diagnoses of calls use the same
 * words.
 *
 * @param error an error of a socket, or of fetch, which has it as its cause; or its code
 * @param options.mayUseProxy whether RINGER_PROXY_URL is for this server. Default: false
 */
export function explainConnectionError(
  error: unknown,
  url: string,
  { mayUseProxy = false }: { mayUseProxy?: boolean } = {},
): Explanation {
  const { host, port, protocol } = new URL(url)
  const code = codeOf(error)
  const proxyFix = mayUseProxy ? '; if an HTTP proxy is the only way out, set RINGER_PROXY_URL' : ''
  if (UNTRUSTED.includes(code))
    return {
      sentence: `the certificate of ${host} is signed by a CA that is not trusted (${code})`,
      fix: 'if a proxy inspects TLS on the way, exempt this host from it, or set NODE_EXTRA_CA_CERTS to the certificate of the CA',
    }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return {
      sentence: `the certificate of ${host} is not valid now (${code})`,
      fix: 'renew it if the host is yours; otherwise look at the clock of this machine',
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      sentence: `the certificate of ${host} is for another name`,
      fix: 'use a name that the certificate contains, or a certificate with this name',
    }
  if (/^ERR_SSL_|^EPROTO$/.test(code))
    return {
      sentence: `${host} does not speak TLS as expected (${code})`,
      fix: 'look at the address and the port, and at proxies on the way',
    }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      sentence: `the name of ${host} cannot be resolved (${code})`,
      fix: 'look for a misspelling, and at the DNS of this machine',
    }
  if (code.startsWith('ERR_PROXY_'))
    return {
      sentence: `the proxy opens no tunnel to ${host} (${code.slice('ERR_PROXY_'.length)})`,
      fix:
        PROXY_FIXES[code] ?? 'see whether RINGER_PROXY_URL is right, and whether the proxy allows this host',
    }
  if (code === 'ECONNREFUSED')
    return {
      sentence: `${host} refuses the connection (${code})`,
      fix: `see whether something listens there, and whether a firewall forbids outbound connections to port ${port || defaultPort(protocol)}${proxyFix}`,
    }
  return {
    sentence: `${host} does not answer (${code || 'unknown error'})`,
    fix: `see whether a firewall or a missing route stops outbound connections to port ${port || defaultPort(protocol)}${proxyFix}`,
  }
}

const PROXY_FIXES: Record<string, string> = {
  ERR_PROXY_407: 'put the user name and the password for the proxy into RINGER_PROXY_URL',
  ERR_PROXY_403: 'have the proxy allow CONNECT to this host',
  ERR_PROXY_ECONNREFUSED: 'see whether the proxy of RINGER_PROXY_URL is running',
  ERR_PROXY_ENOTFOUND: 'look for a misspelling in RINGER_PROXY_URL',
}

const defaultPort = (protocol: string) => (protocol === 'http:' ? 80 : 443)

function codeOf(error: unknown): string {
  if (typeof error === 'string') return error
  if (!(error instanceof Error)) return ''
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'ETIMEDOUT'
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}
