/** A server in front of Discord, as a process of its own, that answers with a page before it has read what was sent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  request.resume()
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
