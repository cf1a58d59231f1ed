//! Why a step fails: one file a cause, named by its id. Adding one touches its file, its fixture folder and one line here.
//!
//! The order is that of detection: what names a line comes before what is seen on the wire, so that a later cause can stay
//! silent about what an earlier one explains.

mod api_words;
mod at_work;
mod balancer_backend_down;
mod balancer_backend_protocol;
mod balancer_check_unfit;
mod balancer_drops_upgrade;
mod balancer_port_unbound;
mod balancer_words;
mod base_url_subpath;
mod base_url_unreachable;
mod bus_words;
mod cache_backend_null;
mod cache_backend_unfit;
mod cache_edit_words;
mod cache_not_enabled;
mod cache_option_ignored;
mod cell_database_wrong;
mod cell_words;
mod certificate_expired;
mod certificate_name_mismatch;
mod certificate_untrusted;
mod certificate_words;
mod comment_in_value;
mod compute_api_unreachable;
mod compute_down;
mod compute_endpoint_missing;
mod compute_name_not_unique;
mod compute_silent;
mod conductor_clock_differs;
mod conductor_down;
mod config_edited_not_restarted;
mod console_opens_at_times;
mod console_page_missing;
mod console_request_failed;
mod console_request_timed_out;
mod console_tokens_pile_up;
mod console_type_mixed_up;
mod console_words;
mod consoleauth_database_missing;
mod consoleauth_down;
mod consoleauth_left_over;
mod consoleauth_silent;
mod consoleauth_workaround_split;
mod dashboard_hides_console;
mod database_login_refused;
mod database_missing;
mod database_schema_too_old;
mod database_tls_refused;
mod database_unreachable;
mod database_words;
mod driver_without_vnc;
mod edit_words;
mod frame_refused;
mod gateway_words;
mod guest_moved;
mod guest_without_vnc;
mod guest_words;
mod identity_unreachable;
mod idle_session_cut;
mod idle_words;
mod ingress_without_route;
mod ipv6_literal_misspelt;
mod knock_words;
mod line_swallowed;
mod memcached_list_loopback;
mod memcached_lists_differ;
mod memcached_node_broken;
mod memcached_node_down;
mod message_bus_differs;
mod message_bus_down;
mod message_bus_unusable;
mod mixed_content;
mod not_a_console_token;
mod nova_conf_refused;
mod nova_releases_differ;
mod novnc_too_new;
mod novncproxy_bind;
mod novncproxy_not_running;
mod open_words;
mod option_misplaced;
mod option_misspelt;
mod option_read_elsewhere;
mod option_removed;
mod option_set_twice;
mod option_unknown;
mod option_words;
mod origin_host_refused;
mod origin_protocol_refused;
mod page_files_missing;
mod peer_words;
mod proxies_differ;
mod proxy_certificate_missing;
mod proxy_exhausted;
mod proxy_hung_up;
mod proxy_silent;
mod proxyclient_address_wrong;
mod quotes_in_value;
mod refused_words;
mod rpc_words;
mod scheme_mismatch;
mod server_gone;
mod server_state_unfit;
mod service_clock_differs;
mod service_words;
mod session_cut_at_expiry;
mod session_failed;
mod session_words;
mod store_words;
mod story_words;
mod subprotocol_refused;
mod tls_refused;
mod tls_settings_unfit;
mod token_expired;
mod token_lost_from_memcached;
mod token_not_passed;
mod token_store_not_shared;
mod token_ttl_differs;
mod token_ttl_misplaced;
mod token_unknown;
mod upgrade_refused;
mod upgrade_stripped;
mod url_address_dead;
mod url_damaged;
mod value_words;
mod vencrypt_files_broken;
mod vencrypt_half_set_up;
mod vencrypt_handshake_fails;
mod vencrypt_one_sided;
mod vencrypt_python_too_new;
mod vnc_firewalled;
mod vnc_keymap_set;
mod vnc_listen_foreign;
mod vnc_listens_elsewhere;
mod vnc_name_unresolved;
mod vnc_not_rfb;
mod vnc_option_renamed;
mod vnc_password_wanted;
mod vnc_port_closed;
mod vnc_security_refused;
mod vnc_server_mute;
mod vnc_switched_off;
mod vnc_version_refused;
mod vnc_words;
mod websocket_not_seen;
mod websocket_path_unrouted;
mod websockify_not_novas;
mod websockify_too_new;
mod wire_words;

pub(crate) use bus_words::consumed;
pub(crate) use guest_words::running;

use super::case::Case;
use crate::finding::{CauseMeta, Finding};

/// A cause: what it is, and how it is detected.
#[derive(Clone, Copy)]
pub struct Cause {
    /// What is known of it beforehand.
    pub meta: CauseMeta,
    /// What the evidence shows of it, given what was found before.
    pub(crate) detect: fn(&Case, &[Finding]) -> Vec<Finding>,
}

/// Every cause, in the order of detection.
pub const CAUSES: &[Cause] = &[
    nova_conf_refused::CAUSE,
    cache_backend_null::CAUSE,
    cache_option_ignored::CAUSE,
    cache_not_enabled::CAUSE,
    cache_backend_unfit::CAUSE,
    memcached_list_loopback::CAUSE,
    memcached_lists_differ::CAUSE,
    memcached_node_broken::CAUSE,
    memcached_node_down::CAUSE,
    token_store_not_shared::CAUSE,
    consoleauth_workaround_split::CAUSE,
    token_ttl_misplaced::CAUSE,
    token_ttl_differs::CAUSE,
    consoleauth_left_over::CAUSE,
    not_a_console_token::CAUSE,
    url_damaged::CAUSE,
    vnc_option_renamed::CAUSE,
    proxyclient_address_wrong::CAUSE,
    vnc_listen_foreign::CAUSE,
    vnc_listens_elsewhere::CAUSE,
    vnc_switched_off::CAUSE,
    compute_name_not_unique::CAUSE,
    base_url_unreachable::CAUSE,
    scheme_mismatch::CAUSE,
    ipv6_literal_misspelt::CAUSE,
    console_type_mixed_up::CAUSE,
    base_url_subpath::CAUSE,
    novnc_too_new::CAUSE,
    proxy_certificate_missing::CAUSE,
    tls_settings_unfit::CAUSE,
    vencrypt_half_set_up::CAUSE,
    vencrypt_python_too_new::CAUSE,
    vencrypt_files_broken::CAUSE,
    proxies_differ::CAUSE,
    cell_database_wrong::CAUSE,
    database_unreachable::CAUSE,
    database_login_refused::CAUSE,
    database_missing::CAUSE,
    database_schema_too_old::CAUSE,
    database_tls_refused::CAUSE,
    console_tokens_pile_up::CAUSE,
    conductor_clock_differs::CAUSE,
    nova_releases_differ::CAUSE,
    service_clock_differs::CAUSE,
    message_bus_differs::CAUSE,
    message_bus_down::CAUSE,
    message_bus_unusable::CAUSE,
    consoleauth_database_missing::CAUSE,
    balancer_backend_protocol::CAUSE,
    balancer_check_unfit::CAUSE,
    balancer_drops_upgrade::CAUSE,
    balancer_port_unbound::CAUSE,
    idle_session_cut::CAUSE,
    session_cut_at_expiry::CAUSE,
    identity_unreachable::CAUSE,
    compute_endpoint_missing::CAUSE,
    compute_api_unreachable::CAUSE,
    server_gone::CAUSE,
    server_state_unfit::CAUSE,
    driver_without_vnc::CAUSE,
    guest_without_vnc::CAUSE,
    compute_down::CAUSE,
    option_read_elsewhere::CAUSE,
    option_set_twice::CAUSE,
    console_page_missing::CAUSE,
    page_files_missing::CAUSE,
    frame_refused::CAUSE,
    subprotocol_refused::CAUSE,
    websocket_path_unrouted::CAUSE,
    config_edited_not_restarted::CAUSE,
    consoleauth_down::CAUSE,
    conductor_down::CAUSE,
    console_request_timed_out::CAUSE,
    console_request_failed::CAUSE,
    novncproxy_bind::CAUSE,
    novncproxy_not_running::CAUSE,
    origin_host_refused::CAUSE,
    origin_protocol_refused::CAUSE,
    token_expired::CAUSE,
    consoleauth_silent::CAUSE,
    compute_silent::CAUSE,
    proxy_exhausted::CAUSE,
    websockify_too_new::CAUSE,
    vnc_keymap_set::CAUSE,
    vnc_firewalled::CAUSE,
    vnc_port_closed::CAUSE,
    vnc_name_unresolved::CAUSE,
    vnc_not_rfb::CAUSE,
    vnc_server_mute::CAUSE,
    vnc_version_refused::CAUSE,
    vnc_password_wanted::CAUSE,
    vencrypt_one_sided::CAUSE,
    vencrypt_handshake_fails::CAUSE,
    token_lost_from_memcached::CAUSE,
    guest_moved::CAUSE,
    token_unknown::CAUSE,
    token_not_passed::CAUSE,
    certificate_expired::CAUSE,
    certificate_name_mismatch::CAUSE,
    certificate_untrusted::CAUSE,
    tls_refused::CAUSE,
    url_address_dead::CAUSE,
    console_opens_at_times::CAUSE,
    upgrade_stripped::CAUSE,
    websockify_not_novas::CAUSE,
    ingress_without_route::CAUSE,
    balancer_backend_down::CAUSE,
    upgrade_refused::CAUSE,
    vnc_security_refused::CAUSE,
    proxy_silent::CAUSE,
    proxy_hung_up::CAUSE,
    dashboard_hides_console::CAUSE,
    websocket_not_seen::CAUSE,
    session_failed::CAUSE,
    // lines of nova.conf that no cause before has told of
    option_misspelt::CAUSE,
    option_misplaced::CAUSE,
    option_removed::CAUSE,
    option_unknown::CAUSE,
    line_swallowed::CAUSE,
    comment_in_value::CAUSE,
    quotes_in_value::CAUSE,
];

/// The cause of an id.
pub fn cause(id: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| cause.meta.id == id)
}

/// Whether an earlier finding of a cause stands on a host, or names it as one more of the same.
pub(crate) fn explained(before: &[Finding], id: &str, host: &crate::evidence::host::Host) -> bool {
    before.iter().filter(|finding| finding.cause == id).any(|finding| {
        finding.host.as_deref().unwrap_or_default() == host.name
            || finding.related.iter().any(|related| related.host.as_deref().unwrap_or_default() == host.name)
    })
}
