//! Words for what is stored.

use domain::{
    ApiKey, ApiSecret, ApplicationKind, KeyKind, KeyState, MutualTls, Permission, Permissions, SecretState, TeamRole,
    Timestamp,
};

pub(crate) const fn switch(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

pub(crate) const fn permission(permission: Permission) -> &'static str {
    permission.name()
}

/// What a permission is for.
pub(crate) const fn permission_about(permission: Permission) -> &'static str {
    match permission {
        Permission::View => "Look at the team, its apps and what they did. Every member may.",
        Permission::Create => "Make apps.",
        Permission::Edit => "Change apps, their API keys, secrets and certificates.",
        Permission::Delete => "Delete apps, or give them to another team.",
        Permission::GenerateToken => "Make tokens by hand.",
        Permission::ManageMembers => "Rename the team, invite, and say what each member may do.",
    }
}

pub(crate) const fn role_name(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Viewer => "Viewer",
        TeamRole::Developer => "Developer",
        TeamRole::Admin => "Admin",
    }
}

pub(crate) const fn role_about(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Viewer => "Looks at apps and what they did.",
        TeamRole::Developer => "Also makes apps and changes them.",
        TeamRole::Admin => "May do everything.",
    }
}

/// The role that has exactly these permissions, or words for none.
pub(crate) fn role(permissions: Permissions) -> &'static str {
    permissions.role().map_or("Single permissions", role_name)
}

pub(crate) const fn mutual_tls(mutual_tls: MutualTls) -> &'static str {
    match mutual_tls {
        MutualTls::Off => "Off",
        MutualTls::Optional => "Optional",
        MutualTls::Required => "Required",
    }
}

pub(crate) const fn application(kind: ApplicationKind) -> &'static str {
    match kind {
        ApplicationKind::Web => "On a server (web)",
        ApplicationKind::Native => "On people's devices (native)",
    }
}

pub(crate) const fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Secret => "Authenticates by its secret",
        KeyKind::Certificate => "Authenticates by a client certificate",
        KeyKind::CertificateAndSecret => "Authenticates by a client certificate and its secret",
        KeyKind::Public => "Public: held by PKCE, without a secret",
    }
}

pub(crate) fn key_state(key: &ApiKey, now: Timestamp) -> &'static str {
    match key.state {
        KeyState::Revoked => "Revoked",
        KeyState::Inactive => "Inactive",
        KeyState::Active if key.is_usable(now) => "Active",
        KeyState::Active => "Expired",
    }
}

pub(crate) fn secret_state(secret: &ApiSecret, now: Timestamp) -> &'static str {
    match secret.state {
        SecretState::Revoked => "Revoked",
        SecretState::Inactive => "Inactive",
        _ if !secret.is_usable(now) => "Expired",
        SecretState::RotatingUntil(_) => "Rotating out",
        SecretState::Active => "Active",
    }
}

/// When a secret stops working by itself.
pub(crate) fn secret_end(secret: &ApiSecret) -> Option<Timestamp> {
    let rotation = match secret.state {
        SecretState::RotatingUntil(until) => Some(until),
        _ => None,
    };
    rotation.into_iter().chain(secret.expires_at).min()
}

/// The endpoint of an attempt, which is stored as a word.
pub(crate) fn endpoint(kind: &str) -> &'static str {
    match kind {
        "authorize" => "Authorize",
        "token" => "Token",
        "introspect" => "Introspect",
        "revoke" => "Revoke",
        "connections" => "List of connections",
        "verify" => "Gateway check",
        _ => "Another endpoint",
    }
}

/// The grant of an attempt.
pub(crate) fn grant(grant: &str) -> String {
    match grant {
        "authorization_code" => "code exchange".to_owned(),
        "refresh_token" => "refresh".to_owned(),
        "client_credentials" => "client credentials".to_owned(),
        protocol::GENERATED_TOKEN => "made by hand".to_owned(),
        other => other.to_owned(),
    }
}
