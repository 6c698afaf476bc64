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
	// Secret is the unmasked token of tornado's and Django's schemes, or the raw
	// CSRF token or session id of Flask, hidden likewise.
	Secret string `json:"secret,omitzero"`
	Hidden bool   `json:"hidden"` // something was

	JWT   *JWT        `json:"jwt,omitzero"`   // of a JSON Web Token
	Flask *FlaskToken `json:"flask,omitzero"` // of a value that Flask signed

	// Problems are what is wrong with the token by itself, without any key.
	Problems []TokenProblem `json:"problems,omitzero"`

	Signature Signature   `json:"signature"`
	Address   RecoveredIP `json:"address"`
	Searched  bool        `json:"searched"` // for the address; false when there is nothing to search with

	// Key made the signature. NotMadeBy are keys that the token's kid names and
	// that did not; AlgConfusion is a public key whose text was used as a secret,
	// which anybody can do.
	Key          *TokenKey  `json:"key,omitzero"`
	NotMadeBy    []TokenKey `json:"not_made_by,omitzero"`
	AlgConfusion *TokenKey  `json:"alg_confusion,omitzero"`
	Unchecked    string     `json:"unchecked,omitzero"` // why, if a key was given or could help
}

// JWT is what a JSON Web Token says of itself.
type JWT struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid,omitzero"`
	Type      string `json:"typ,omitzero"`

	Issuer   string   `json:"iss,omitzero"`
	Subject  string   `json:"sub,omitzero"`
	Audience []string `json:"aud,omitzero"`
	Scope    string   `json:"scope,omitzero"`
	ID       string   `json:"jti,omitzero"` // hidden like Secret

	Times       []ClaimTime `json:"times,omitzero"`
	OtherClaims []string    `json:"other_claims,omitzero"` // names, in order
	Segments    []int       `json:"segments"`              // their lengths in characters
	Signature   string      `json:"signature,omitzero"`    // hidden like Secret
}

// ClaimTime is a time in a token. It is "" for a token that has no exp.
type ClaimTime struct {
	Claim   string `json:"claim"`
	Time    Time   `json:"time"`
	Meaning string `json:"meaning,omitzero"`
}

// FlaskToken is what a value holds that Flask signed.
type FlaskToken struct {
	Compressed bool     `json:"compressed"`
	UserID     string   `json:"user_id,omitzero"`
	OAuthState bool     `json:"oauth_state"`    // a login at an identity provider is under way
	Names      []string `json:"names,omitzero"` // of what the session holds
	OldEpoch   bool     `json:"old_epoch"`      // written by itsdangerous before 1.1
}

// TokenProblem is one thing that is wrong with a token.
type TokenProblem struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// TokenKey names one of the keys that the user gave.
type TokenKey struct {
	Label   string `json:"label"`
	Variant string `json:"variant,omitzero"` // of a secret: in which form the file's content is the key
	KeyID   string `json:"kid,omitzero"`     // how the token's kid names it: declared, thumbprint, airflow, other
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
