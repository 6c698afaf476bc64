// SPDX-License-Identifier: Apache-2.0

// Asks Express itself, behind Node's own HTTP server. Arguments: the name of the
// package express, and "newest" if its proxy-addr is the newest.
'use strict'

const fs = require('fs')
const http = require('http')
const net = require('net')
const path = require('path')

const from = (name) => require(require.resolve(name, { paths: [process.cwd()] }))
const express = from(process.argv[2])
const dir = path.dirname(require.resolve(process.argv[2] + '/package.json', { paths: [process.cwd()] }))
const version = (name, base) => require(require.resolve(name + '/package.json', { paths: [base] })).version
const source = `express ${version('.', dir)} with proxy-addr ${version('proxy-addr', dir)}, node ${process.versions.node}`
const of = process.argv[3] === 'newest' ? '' : 'version=' + version('proxy-addr', dir)

const lists = [
  'loopback', 'linklocal', 'uniquelocal', 'loopback,linklocal,uniquelocal',
  '10.0.0.5', '10.0.0.5,10.0.0.9,1.1.1.1', '10.0.0.0/8', '10.0.0.0/255.0.0.0', '::ffff:10.0.0.5', '::ffff:10.0.0.0/104',
  '::ffff:0:0/96', '::/1', 'fd00::/8,10.0.0.0/8', '1.1.1.1/0x8', '10.5', '10.0.0.5,fe80::/10,2001:db8::1',
]
const settings = [['', false], ['trust=false', false], ['trust=true', true]]
for (let hops = 0; hops < 5; hops++) settings.push(['trust=' + hops, hops])
for (const list of lists) settings.push(['trust=' + list, list])

const inputs = fs.readFileSync('inputs.tsv', 'utf8').trimEnd().split('\n').map((line) => line.split('\t')).filter((i) => !i[2])

let peer, seen
async function ask (port, request) {
  seen = null
  await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', () => {})
    socket.on('error', resolve)
    socket.on('close', resolve)
  })
  return seen
}

async function run ([words, trust]) {
  const app = express()
  try {
    app.set('trust proxy', trust)
  } catch (refused) {
    process.stderr.write(`${words}: ${refused.message}\n`)
    return
  }
  app.use((req, res) => {
    seen = req.ip
    res.status(204).end()
  })
  const server = http.createServer(app)
  server.on('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: peer }))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  for (const [number, address, , request] of inputs) {
    peer = address
    const got = await ask(server.address().port, Buffer.from(request, 'hex'))
    const text = got === null ? '' : Buffer.from(got || '', 'latin1').toString('hex')
    process.stdout.write(['express', [words, of].filter(Boolean).join(','), source, number, got === null ? 'unspecified' : 'ok', text].join('\t') + '\n')
  }
  server.close()
}

(async () => { for (const s of settings) await run(s) })()
