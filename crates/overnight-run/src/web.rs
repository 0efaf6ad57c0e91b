//! Whether a web page answers.

use std::time::Duration;

use crate::notify::Http;

/// Time for one question, redirects included.
const TOTAL: Duration = Duration::from_secs(15);

/// Asks web servers for signs of life.
#[derive(Debug, Clone)]
pub struct Web {
    http: Http,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            http: Http::curious(TOTAL),
        }
    }
}

impl Web {
    /// The HTTP status of a page after redirects, asked with `HEAD` and, when that is refused
    /// or not answered, with `GET`. At most 15 seconds each.
    ///
    /// # Errors
    /// Why there was no answer, in words.
    pub fn status(&self, url: &str) -> Result<u16, String> {
        match self.http.status_of(url, true) {
            Ok(status) if status < 400 => Ok(status),
            _ => self.http.status_of(url, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::fake::Server;

    #[test]
    fn a_server_that_refuses_head_is_asked_again() {
        let server = Server::start(&["405 Method Not Allowed", "200 OK"]);
        assert_eq!(
            Web::default().status(&format!("{}/page", server.url)),
            Ok(200)
        );
        let lines: Vec<String> = server.heard().into_iter().map(|heard| heard.line).collect();
        assert!(lines[0].starts_with("HEAD /page"), "{lines:?}");
        assert!(lines[1].starts_with("GET /page"), "{lines:?}");
        let gone = Server::start(&["404 Not Found"]);
        assert_eq!(Web::default().status(&gone.url), Ok(404));
        assert!(Web::default().status("http://127.0.0.1:1/").is_err());
    }
}
