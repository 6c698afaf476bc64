// SPDX-License-Identifier: Apache-2.0

// Asks chi's middleware, behind Go's own HTTP server.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
)

type spoofed struct {
	net.Conn
	peer string
}

type address string

func (a address) Network() string      { return "tcp" }
func (a address) String() string       { return net.JoinHostPort(string(a), "4711") }
func (c spoofed) RemoteAddr() net.Addr { return address(c.peer) }

type listener struct {
	net.Listener
	peer string
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return spoofed{c, l.peer}, err
}

var settings = []struct {
	words string
	use   func(http.Handler) http.Handler
	fresh bool // read with GetClientIP
}{
	{"", middleware.RealIP, false},
	{"from=header,header=X-Real-IP", middleware.ClientIPFromHeader("X-Real-IP"), true},
	{"from=header,header=CF-Connecting-IP", middleware.ClientIPFromHeader("CF-Connecting-IP"), true},
	{"from=header,header=X-Real-IP,trust=10.0.0.0/8,fe80::/10", middleware.ClientIPFromHeader("X-Real-IP", "10.0.0.0/8", "fe80::/10"), true},
	{"from=xff,trust=10.0.0.0/8", middleware.ClientIPFromXFF("10.0.0.0/8"), true},
	{"from=xff,trust=10.0.0.0/8,127.0.0.0/8,::1/128,fd00::/8,fe80::/10,1.1.1.1/32", middleware.ClientIPFromXFF("10.0.0.0/8", "127.0.0.0/8", "::1/128", "fd00::/8", "fe80::/10", "1.1.1.1/32"), true},
	{"from=hops,hops=1", middleware.ClientIPFromXFFTrustedProxies(1), true},
	{"from=hops,hops=2", middleware.ClientIPFromXFFTrustedProxies(2), true},
	{"from=hops,hops=3", middleware.ClientIPFromXFFTrustedProxies(3), true},
	{"from=hops,hops=4", middleware.ClientIPFromXFFTrustedProxies(4), true},
	{"from=peer", middleware.ClientIPFromRemoteAddr, true},
}

func main() {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	version := os.Args[1]
	of := "," + "version=" + version
	if len(os.Args) > 2 {
		of = ""
	}
	source := "chi " + version + ", " + runtime.Version()
	for _, s := range settings {
		l := &listener{inner, ""}
		var seen *string
		server := &http.Server{Handler: s.use(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ip := r.RemoteAddr
			if host, _, err := net.SplitHostPort(ip); err == nil {
				ip = host
			}
			if s.fresh {
				ip = middleware.GetClientIP(r.Context())
			}
			seen = &ip
			w.WriteHeader(204)
		}))}
		go server.Serve(l)
		file, err := os.Open("inputs.tsv")
		if err != nil {
			panic(err)
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			input := strings.Split(lines.Text(), "\t")
			if input[2] != "" {
				continue
			}
			request, _ := hex.DecodeString(input[3])
			seen, l.peer = nil, input[1]
			ask(inner.Addr().String(), request)
			state, text := "unspecified", ""
			if seen != nil {
				state, text = "ok", hex.EncodeToString([]byte(*seen))
			}
			fmt.Println(strings.Join([]string{"chi", strings.TrimPrefix(s.words+of, ","), source, input[0], state, text}, "\t"))
		}
		file.Close()
		server.Shutdown(context.Background())
		if inner, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			panic(err)
		}
	}
}

func ask(to string, request []byte) {
	c, err := net.Dial("tcp", to)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	c.Write(request)
	io.ReadAll(c)
}
