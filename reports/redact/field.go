// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"encoding/base64"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// keptFields have values that identify machines and formats, not sessions. Any
// field that is neither here nor known by its own rule loses its value.
var keptFields = set(`accept accept_charset accept_encoding accept_language accept_ranges age allow alt_svc cache_control
	cdn_loop cf_connecting_ip cf_ipcountry cf_ray clear_site_data client_ip connection content_disposition content_encoding
	content_language content_length content_range content_security_policy content_security_policy_report_only content_type
	cross_origin_embedder_policy cross_origin_opener_policy cross_origin_resource_policy date dnt early_data etag expect
	expires fastly_client_ip feature_policy forwarded from_cache front_end_https host http2_settings if_match
	if_modified_since if_none_match if_range if_unmodified_since keep_alive last_modified max_forwards mime_version nel
	origin_agent_cluster p3p permissions_policy pragma priority proxy_connection range referrer_policy report_to retry_after
	save_data server server_timing strict_transport_security te timing_allow_origin trailer transfer_encoding
	true_client_ip upgrade upgrade_insecure_requests user_agent vary via warning x_accel_buffering x_accel_expires
	x_amz_cf_id x_amz_cf_pop x_amzn_trace_id x_aspnet_version x_azure_clientip x_azure_ref x_b3_spanid x_b3_traceid
	x_cache x_cache_hits x_client_ip x_cluster_client_ip x_content_type_options x_correlation_id x_dns_prefetch_control
	x_download_options x_envoy_attempt_count x_envoy_expected_rq_timeout_ms x_envoy_external_address
	x_envoy_internal x_envoy_upstream_service_time x_forwarded x_forwarded_by x_forwarded_for x_forwarded_host
	x_forwarded_path x_forwarded_port x_forwarded_prefix x_forwarded_proto x_forwarded_protocol x_forwarded_scheme
	x_forwarded_server x_forwarded_ssl x_frame_options x_host x_jupyterhub_version x_original_forwarded_for
	x_original_host x_original_method x_original_proto x_permitted_cross_domain_policies x_powered_by x_proxyscheme
	x_real_ip x_real_port x_request_id x_requested_with x_request_start x_robots_tag x_runtime x_scheme x_served_by
	x_timer x_trace_id x_ua_compatible x_varnish x_xss_protection traceparent`)

var keptPrefixes = []string{"access_control_", "sec_ch_", "sec_fetch_", "sec_websocket_ext", "sec_websocket_ver"}

// referenceFields hold a URL.
var referenceFields = set(`referer location content_location origin destination sourcemap x_original_uri x_original_url
	x_rewrite_url x_forwarded_uri x_auth_request_redirect x_accel_redirect x_envoy_original_path x_replaced_path`)

// field redacts one field line by the rule for its name.
func (r *Redactor) field(line exchange.Field) exchange.Field {
	name := fold(line.Name)
	if !isName(line.Name) {
		line.Name = r.memory.pseudonym(secret, line.Name) // what a damaged head made of its content
	}
	switch {
	case line.Value == "":
	case name == "cookie":
		line.Value = r.cookies(line.Value)
	case name == "set_cookie":
		line.Value = r.setCookie(line.Value)
	case strings.HasSuffix(name, "authorization"):
		line.Value = r.authorization(line.Value)
	case strings.HasSuffix(name, "_authenticate"):
		line.Value = r.challenge(line.Value)
	case referenceFields[name]:
		line.Value = r.reference(line.Value, 0)
	case name == "refresh", name == "link":
		line.Value = r.Text(line.Value)
	case isKept(name):
		line.Value = r.scrub(line.Value)
	default:
		line.Value = r.replace(classOf(line.Name, line.Value), line.Value)
	}
	return line
}

func isKept(name string) bool {
	for _, prefix := range keptPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return keptFields[name]
}

func (r *Redactor) cookies(value string) string {
	pairs := strings.Split(value, ";")
	for i, pair := range pairs {
		pairs[i] = r.cookie(pair)
	}
	return strings.Join(pairs, ";")
}

// cookie keeps name, white space and quotes of one pair. A pair without a name is
// all value (RFC 6265bis, 5.6).
func (r *Redactor) cookie(pair string) string {
	trimmed := strings.TrimLeft(pair, " \t")
	space := pair[:len(pair)-len(trimmed)]
	name, value, found := strings.Cut(trimmed, "=")
	switch {
	case trimmed == "":
		return pair
	case !found:
		return space + r.memory.pseudonym(secret, trimmed)
	}
	quote := ""
	if len(value) >= 2 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
		quote, value = `"`, value[1:len(value)-1]
	}
	if value == "" {
		return pair
	}
	return space + name + "=" + quote + r.memory.pseudonym(cookieClass(name), strings.TrimRight(value, " \t")) + quote
}

// cookieAttributes are those of RFC 6265bis, whose values say where a cookie is
// sent and for how long.
var cookieAttributes = set("path domain expires max_age samesite secure httponly partitioned priority version")

func (r *Redactor) setCookie(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if i == 0 || !cookieAttributes[fold(name)] {
			parts[i] = r.cookie(part)
		}
	}
	return strings.Join(parts, ";")
}

// schemes are the ways to authenticate whose names are kept. A first word that
// is none of them may be a part of the credential.
var schemes = set(`basic bearer token digest negotiate ntlm kerberos dpop hoba mutual vapid gssapi oauth hawk apikey key jwt
	scram_sha_1 scram_sha_256 aws4_hmac_sha256 signature`)

func (r *Redactor) authorization(value string) string {
	scheme, credential, found := strings.Cut(strings.TrimSpace(value), " ")
	switch {
	case schemes[fold(scheme)] && !found:
		return scheme
	case !schemes[fold(scheme)]:
		return r.memory.pseudonym(secret, value)
	case strings.EqualFold(scheme, "basic"):
		return scheme + " " + r.basic(credential)
	}
	return scheme + " " + r.memory.pseudonym(secret, strings.TrimSpace(credential))
}

// basic replaces user and password each by its own rule (RFC 7617, 2).
func (r *Redactor) basic(credential string) string {
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credential))
	name, _, found := strings.Cut(string(decoded), ":")
	if err != nil || !found {
		return passwordMark
	}
	if name != "" {
		name = r.memory.pseudonym(user, name)
	}
	return name + ":" + passwordMark
}

// challenge keeps what Basic and Bearer say: realm, scope and error. Other
// schemes answer with nonces.
func (r *Redactor) challenge(value string) string {
	scheme, rest, found := strings.Cut(strings.TrimSpace(value), " ")
	plain := strings.EqualFold(scheme, "basic") || strings.EqualFold(scheme, "bearer")
	switch {
	case plain && !strings.Contains(strings.ToLower(rest), "nonce"): // a line may hold several challenges
		return r.scrub(value)
	case !schemes[fold(scheme)]:
		return r.memory.pseudonym(secret, value)
	case !found:
		return scheme
	}
	return scheme + " " + r.memory.pseudonym(secret, rest)
}
