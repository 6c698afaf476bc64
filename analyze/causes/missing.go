// SPDX-License-Identifier: Apache-2.0

package causes

import "github.com/logintrace/logintrace/analyze/finding"

// How what is missing is got, as the families word it. Given.Fit knows them all.
const (
	howToKeepBodies     = "record again with bodies: in DevTools tick Preserve log, or record with Playwright (recordHar, content embed)"
	howToKeepCookies    = "export the HAR with sensitive data: in DevTools press F1, tick “Allow to generate HAR with sensitive data”, then hold the download button of the Network panel"
	howToReadHubLog     = "kubectl logs deploy/hub | grep -iE 'xsrf|403|login'"
	howToRecordPackets  = "record whole packets (tcpdump -s 0), or a HAR of the browser"
	howToRecordWhole    = "record from the opening of the login page on, and keep all entries"
	howToCaptureSite    = "a HAR of the browser, and a capture on the ingress and in front of the Hub"
	howToReadOAuthLog   = "kubectl logs deploy/hub | grep -iE 'oauth|allowed|fetching'"
	howToSeeMaker       = "the access and error log of each proxy, or on the ingress' node: tcpdump -i any -s 0 -w ingress.pcap, through a login"
	howToCaptureBrowser = "a HAR of the browser, or a capture in front of the outermost proxy"
	howToCaptureServers = "capture between the proxy and each of the servers"
)

func missing(what, how string) finding.Missing { return finding.Missing{What: what, How: how} }
