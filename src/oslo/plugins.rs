//! Options that keystoneauth registers at run time, by the `auth_type` of a section; the table of options has none of them.
//!
//! `keystoneauth1/loading/_plugins/`, 2.18 to 5.13, and `keystoneauth1/loading/adapter.py`.

/// Who logs in where: what the plugins for passwords and tokens share.
pub const IDENTITY: [&str; 20] = [
    "auth_url",
    "default_domain_id",
    "default_domain_name",
    "domain_id",
    "domain_name",
    "password",
    "project_domain_id",
    "project_domain_name",
    "project_id",
    "project_name",
    "system_scope",
    "tenant_id",
    "tenant_name",
    "token",
    "trust_id",
    "user_domain_id",
    "user_domain_name",
    "user_id",
    "user_name",
    "username",
];

/// What the other plugins and the adapters add.
pub const OTHERS: [&str; 32] = [
    "access_token",
    "access_token_endpoint",
    "access_token_type",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "audience",
    "auth_methods",
    "auth_section",
    "auth_type",
    "authorization_code",
    "client_id",
    "client_secret",
    "code",
    "consumer_key",
    "consumer_secret",
    "discovery_endpoint",
    "endpoint",
    "identity_provider",
    "identity_provider_url",
    "oauth2_client_id",
    "oauth2_client_secret",
    "oauth2_endpoint",
    "openid_scope",
    "passcode",
    "protocol",
    "receipt",
    "region_name",
    "redirect_uri",
    "service_provider_endpoint",
    "tenant",
    "valid_interfaces",
];

/// Every one of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    IDENTITY.into_iter().chain(OTHERS)
}
