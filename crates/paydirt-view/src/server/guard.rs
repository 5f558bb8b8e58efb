//! What keeps other pages out, and this page in.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::Refusal;

/// The page loads its own script, style, pictures and answers, and nothing else.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                 img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

/// Adds the headers of every answer; a stricter or other policy that is there already stays.
pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    response
}

/// On a loopback address, answers only requests that name this machine: a page from elsewhere whose name was
/// made to point here (DNS rebinding) names itself.
pub(super) async fn refuse_other_names(
    State(bound): State<IpAddr>,
    request: Request,
    next: Next,
) -> Response {
    if bound.is_loopback() && !names_this_machine(request.headers(), bound) {
        let reason = "this viewer answers to `localhost` alone".to_string();
        let refusal = Refusal::new(StatusCode::MISDIRECTED_REQUEST, reason);
        return refusal.hint("open the address that `paydirt view` printed").into_response();
    }
    next.run(request).await
}

/// Whether the name that a request is sent to is one of this machine. One that names none comes from no browser.
fn names_this_machine(headers: &HeaderMap, bound: IpAddr) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip == bound || ip.is_loopback())
}
