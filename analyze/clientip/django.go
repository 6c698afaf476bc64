// SPDX-License-Identifier: Apache-2.0

package clientip

// DjangoPeer is how Django comes to an address.
const DjangoPeer Rule = "Django: the peer, as its server hands on REMOTE_ADDR"

func djangoEntry() *entry {
	return &entry{
		name: "django", make: django, golden: []string{""},
		believes: "nobody",
	}
}

// django is Django's REMOTE_ADDR (Django 5.2.19, core/handlers/wsgi.py): what the
// server below it says, and that is the peer. USE_X_FORWARDED_HOST and
// SECURE_PROXY_SSL_HEADER change host and scheme only; the middleware that read
// X-Forwarded-For was removed in Django 1.1. A package that does so again is not known here.
func django(*settings) func(Request, *fields) Result {
	return func(r Request, _ *fields) Result { return of(r.Peer, DjangoPeer) }
}
