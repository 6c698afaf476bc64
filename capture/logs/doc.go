// SPDX-License-Identifier: Apache-2.0

// Package logs reads the logs of applications and proxies: JupyterHub and its
// single-user servers, configurable-http-proxy, Airflow 3 and uvicorn, nginx and
// ingress-nginx, HAProxy, Traefik, and whatever writes the common log format. A line
// about a request becomes an exchange; a line that tells why becomes a statement.
//
// Logs come as kubectl, docker and journald print them, of several containers at
// once, and as people paste them. So every line is read for itself, and lines of no
// known format are passed over and counted. Memory grows with neither the file nor a
// line of it.
//
// It is not for deciding anything: what a statement proves is for package analyze.
package logs
