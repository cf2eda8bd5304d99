import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** An advisory as the registry writes it. */
export const advisory = {
  id: 1_099_999,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'Prototype pollution in left',
  severity: 'high',
  vulnerable_versions: '<2.0.0',
}

/**
 * Starts a registry that answers the two questions of `npm audit`: which advisories there are for packages, and which versions a
 * package has.
 *
 * @param advisories by the name of the package
 * @param status of the answer about advisories. Default: 200
 * @returns its URL, and the packages that were asked about
 */
export async function startFakeRegistry(advisories: Record<string, object[]>, status = 200) {
  const asked: Record<string, string[]> = {}
  const server = createServer(async (request, response) => {
    const send = (code: number, body: object) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'POST') {
      Object.assign(asked, await json(request.pipe(createGunzip())))
      return send(status, status === 200 ? advisories : {})
    }
    const name = request.url?.slice(1) ?? ''
    const versions = { '1.0.0': { name, version: '1.0.0' }, '2.0.0': { name, version: '2.0.0' } }
    return send(200, { name, 'dist-tags': { latest: '2.0.0' }, versions })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}
