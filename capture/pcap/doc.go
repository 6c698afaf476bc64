// SPDX-License-Identifier: Apache-2.0

// Package pcap reads packet captures, as tcpdump and Wireshark write them, down
// to the TCP segments inside: pcap and pcapng, plain or compressed, whatever
// state they are in.
//
// It takes a damaged capture for what is left of it, counts what became of every
// packet, and takes a packet that was recorded on several interfaces for one.
//
// It is not for putting segments in order (see package reassembly), not for
// looking into them, and not for capturing: it neither opens an interface nor
// needs libpcap.
//
// Common packets go through decoders of our own that allocate nothing: Ethernet,
// Linux "any" captures, raw IP, and the tunnels of container networks. What is
// uncommon goes through gopacket, which finds the IP packet for them.
package pcap
