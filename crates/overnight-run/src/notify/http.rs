//! One HTTP request with a short time limit.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::answer::Answer;
use super::error::DeliveryError;
use super::message::shorten;

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for all of it.
const TOTAL: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER_LIMIT: u64 = 2 << 10;
/// Characters of an answer that are shown.
const SHOWN: usize = 200;

/// Sends requests. Redirects of messages are not followed: one goes where the configuration
/// says.
/// Proxies are those of the usual variables (`HTTPS_PROXY`, `NO_PROXY`).
#[derive(Debug, Clone)]
pub(crate) struct Http {
    agent: Agent,
}

impl Http {
    /// A client. `with_tls` reads the system's certificates; without, `https` fails.
    pub(super) fn new(with_tls: bool) -> Self {
        Self::with(with_tls, TOTAL, 0)
    }

    fn with(with_tls: bool, limit: Duration, redirects: u32) -> Self {
        let mut tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        if with_tls {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!("failed to read the system's certificates: {error}");
            }
            let certificates = found.certs.iter();
            let certificates: Vec<_> = certificates
                .map(|certificate| Certificate::from_der(certificate).to_owned())
                .collect();
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        } else {
            tls = tls.root_certs(RootCerts::new_with_certs(&[]));
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(redirects)
            .max_redirects_will_error(false)
            .user_agent(concat!("overnight/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Self {
            agent: config.new_agent(),
        }
    }

    /// A client that follows redirects, for [`Self::status_of`].
    pub(crate) fn curious(limit: Duration) -> Self {
        Self::with(true, limit, 5)
    }

    /// The status of a page; its body is not read.
    pub(crate) fn status_of(&self, url: &str, head_only: bool) -> Result<u16, String> {
        let response = if head_only {
            self.agent.head(url).call()
        } else {
            self.agent.get(url).call()
        };
        response
            .map(|response| response.status().as_u16())
            .map_err(|error| error.to_string())
    }

    /// Posts `body` to `url`; a token is sent as `Authorization: Bearer`.
    pub(super) fn post(
        &self,
        url: &str,
        token: Option<&str>,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<Answer, DeliveryError> {
        let mut request = self.agent.post(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        conclude(url, request.send(body))
    }

    /// Gets `url`.
    pub(super) fn get(&self, url: &str) -> Result<Answer, DeliveryError> {
        conclude(url, self.agent.get(url).call())
    }
}

fn conclude(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, DeliveryError> {
    let host = host(url).unwrap_or_default();
    let mut response = response.map_err(|error| match error {
        // Its text would repeat the address.
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => DeliveryError::BadAddress,
        other => DeliveryError::Unreachable {
            host: host.clone(),
            why: other.to_string(),
        },
    })?;
    let status = response.status();
    let header = response.headers().get("Retry-After");
    let seconds = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut bytes = Vec::new();
    // An answer that breaks off is an answer.
    let _ = response
        .body_mut()
        .as_reader()
        .take(ANSWER_LIMIT)
        .read_to_end(&mut bytes);
    let body = shorten(String::from_utf8_lossy(&bytes).trim(), SHOWN);
    if status.is_success() {
        return Ok(Answer {
            status: format!("HTTP {}", status.as_u16()),
            said: body,
        });
    }
    Err(DeliveryError::Refused {
        host,
        status: status.as_u16(),
        body,
        retry_after: seconds.map(Duration::from_secs),
    })
}

/// Host and port of an HTTP URL, without user information; `None` when it is no such URL.
pub(super) fn host(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    (!host.is_empty() && !host.contains(char::is_whitespace)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_an_address_is_shown() {
        assert_eq!(
            host("https://user:pw@hooks.example.org:8443/T/B/secret?x").as_deref(),
            Some("hooks.example.org:8443")
        );
        assert_eq!(host("http://ntfy.sh").as_deref(), Some("ntfy.sh"));
        assert_eq!(host("ftp://example.org"), None);
        assert_eq!(host("https:///path"), None);
        assert_eq!(host("example.org"), None);
    }
}
