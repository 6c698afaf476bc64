// SPDX-License-Identifier: Apache-2.0

package causes

import "strings"

// PathMatches reports whether a request for path gets a cookie of the path cookie (RFC
// 6265, 5.1.4).
func PathMatches(path, cookie string) bool {
	return path == cookie || strings.HasPrefix(path, cookie) && (strings.HasSuffix(cookie, "/") || strings.HasPrefix(path[len(cookie):], "/"))
}
