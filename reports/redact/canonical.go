// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"encoding/hex"
	"net/url"
	"strings"
)

// maxDecodings is how often a value is percent-decoded at most: once for the
// parameter, once for a URL that it was nested in.
const maxDecodings = 2

// canonical is the form in which values are compared, so that a token is one
// token however the place in which it stands makes it be written.
func canonical(value string) string {
	for range maxDecodings {
		value = strings.Trim(value, `"`)
		decoded, err := url.PathUnescape(value)
		if err != nil || decoded == value {
			break
		}
		value = decoded
	}
	if unmasked, ok := unmask(value); ok {
		return unmasked
	}
	return strings.TrimRight(value, "=") // padding of base64 is optional
}

// unmask undoes what tornado does to its XSRF token each time it is shown
// (tornado 6.4, web.py, xsrf_token): "2|mask|masked token|time", in which the mask
// is four bytes. Without that no two copies of a token would be equal.
func unmask(value string) (string, bool) {
	parts := strings.Split(value, "|")
	if len(parts) != 4 || parts[0] != "2" || len(parts[1]) != 8 {
		return "", false
	}
	mask, err := hex.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	token, err := hex.DecodeString(parts[2])
	if err != nil || len(token) == 0 {
		return "", false
	}
	for i := range token {
		token[i] ^= mask[i%len(mask)]
	}
	return "tornado-xsrf " + string(token), true
}
