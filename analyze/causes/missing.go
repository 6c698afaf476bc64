// SPDX-License-Identifier: Apache-2.0

package causes

import "github.com/logintrace/logintrace/analyze/finding"

// How what is missing is got, as the families word it. Given.Fit knows them all.
const (
	HowToKeepBodies     = "record again with bodies: in DevTools tick Preserve log, or record with Playwright (recordHar, content embed)"
	HowToKeepCookies    = "export the HAR with sensitive data: in DevTools press F1, tick “Allow to generate HAR with sensitive data”, then hold the download button of the Network panel"
	HowToReadHubLog     = "kubectl logs deploy/hub | grep -iE 'xsrf|403|login|allow|blocked'"
	HowToRecordPackets  = "record whole packets (tcpdump -s 0), or a HAR of the browser"
	HowToRecordWhole    = "record from the opening of the login page on, and keep all entries"
	HowToCaptureSite    = "a HAR of the browser, and a capture on the ingress and in front of the Hub"
	HowToReadOAuthLog   = "kubectl logs deploy/hub | grep -iE 'oauth|allow|blocked|fetching'"
	HowToSeeMaker       = "the access and error log of each proxy, or on the ingress' node: tcpdump -i any -s 0 -w ingress.pcap, through a login"
	HowToCaptureBrowser = "a HAR of the browser, or a capture in front of the outermost proxy"
	HowToCaptureServers = "capture between the proxy and each of the servers"
	HowToSeeAsked       = "the access log of the ingress beside this, or a HAR of the browser"
	HowToSeeTaken       = "tcpdump -i any -w ingress.pcap on the host of the ingress: it then shows both sides"
)

// Missing is what would decide a question, and how to get it.
func Missing(what, how string) finding.Missing { return finding.Missing{What: what, How: how} }
