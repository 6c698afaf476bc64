// SPDX-License-Identifier: Apache-2.0

// Package har loads HTTP Archive (HAR 1.2) recordings, as browsers and debugging
// proxies write them, and hands each entry on as an exchange; and writes exchanges
// as a HAR that it reads back to the same.
//
// It knows the exporters' habits, treats every member as optional, and says of
// each value whether it is known, absent or merely not recorded. It reads in one
// pass: memory grows neither with the file nor with one huge string inside it.
//
// It is not a validator, and it draws no conclusions: it
// does not link redirects, pair logins or decode tokens.
package har
