// A port in, the least that a server of Node can do out: it reads each request to its end and answers a constant.

import { createServer } from 'node:http'

const body = '{"predictions":[{"score":0.5}]}'
const headers = { 'content-type': 'application/json', 'content-length': body.length }

createServer((request, response) => {
  request
    .on('data', () => {})
    .on('end', () => {
      response.writeHead(200, headers)
      response.end(body)
    })
}).listen(Number(process.argv[2]), '127.0.0.1')
