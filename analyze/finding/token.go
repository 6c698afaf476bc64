// SPDX-License-Identifier: Apache-2.0

package finding

// TokenSchema names the JSON form of Token.
const TokenSchema = "logintrace.token/v1"

// Token is what one token says of itself, and what was found out about it.
type Token struct {
	Schema string `json:"schema"`
	Shape  string `json:"shape"`
	Length int    `json:"length"`
	Minted Time   `json:"minted"` // "" for a shape that holds no time
	Name   string `json:"name,omitzero"`

	// Identity is "LEFT:RIGHT" of a JupyterHub token. Halves that are
	// credentials are hidden unless they were asked for.
	Identity string `json:"identity,omitzero"`
	// Secret is the unmasked token of tornado's own scheme, hidden likewise.
	Secret string `json:"secret,omitzero"`
	Hidden bool   `json:"hidden"` // something was

	Signature Signature   `json:"signature"`
	Address   RecoveredIP `json:"address"`
	Searched  bool        `json:"searched"` // for the address; false when there is nothing to search with
}

// Signature says what is known about a token's signature.
type Signature string

// The states of a signature. Without the key it is never more than unchecked.
const (
	SignatureNone      Signature = "none" // this shape has none
	SignatureUnchecked Signature = "unchecked"
	SignatureGood      Signature = "good"
	SignatureBad       Signature = "bad"
)
