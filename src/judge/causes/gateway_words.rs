//! Who answers in the proxy's place, by the marks of its pages.

use crate::evidence::websocket::HttpAnswer;

/// A program that stands before others.
pub(super) struct Gateway {
    pub(super) name: &'static str,
}

/// The program whose error page this is. HAProxy sends no Server header (errorfiles in its src/http.c); the others name
/// themselves in the header or in the page.
pub(super) fn gateway(http: &HttpAnswer) -> Option<Gateway> {
    let server = http.server.as_deref().unwrap_or_default().to_ascii_lowercase();
    let body = http.body.as_deref().unwrap_or_default();
    let named = |name| Some(Gateway { name });
    for (mark, name) in [
        ("openresty", "openresty (nginx)"),
        ("nginx", "nginx"),
        ("envoy", "Envoy"),
        ("apache", "Apache"),
        ("caddy", "Caddy"),
        ("cloudflare", "Cloudflare"),
        ("awselb", "a balancer of AWS"),
        ("octavia", "Octavia"),
    ] {
        if server.contains(mark) {
            return named(name);
        }
    }
    if server.is_empty()
        && ["<h1>503 Service Unavailable</h1>", "<h1>502 Bad Gateway</h1>", "<h1>504 Gateway Time-out</h1>"]
            .iter()
            .any(|mark| body.contains(mark))
    {
        return named("HAProxy");
    }
    if body.contains("no healthy upstream") || body.contains("upstream connect error") {
        return named("Envoy");
    }
    body.contains("<center>nginx").then_some(Gateway { name: "nginx" })
}

/// Whose words for "no route for this host" an answer holds.
pub(super) fn no_route(http: &HttpAnswer) -> Option<&'static str> {
    let body = http.body.as_deref().unwrap_or_default();
    let server = http.server.as_deref().unwrap_or_default().to_ascii_lowercase();
    match http.status {
        404 if body.trim() == "default backend - 404" => Some("the default backend of an ingress (ingress-nginx)"),
        404 if body.trim() == "404 page not found" && server.is_empty() => Some("Traefik"),
        503 if body.contains("Application is not available") => Some("OpenShift's router"),
        404 if server.contains("envoy") && body.is_empty() => Some("Envoy"),
        _ => None,
    }
}
