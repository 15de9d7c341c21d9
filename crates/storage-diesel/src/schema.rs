//! The tables, as both dialects have them (`migrations/`). A column here and a column there say the same or nothing
//! compiles against it.

diesel::table! {
    revocation_head (id) {
        id -> Integer,
        position -> BigInt,
    }
}

diesel::table! {
    revocations (position) {
        position -> BigInt,
        subject_kind -> Text,
        subject_id -> Text,
        effect -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    environments (name) {
        name -> Text,
        display_name -> Text,
        api_base_url -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    apis (id) {
        id -> Text,
        environment -> Text,
        name -> Text,
        audience -> Text,
        scopes -> Text,
        token_lifetime_ms -> Nullable<BigInt>,
        is_default -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    api_credentials (id) {
        id -> Text,
        api_id -> Text,
        root_key -> SmallInt,
        hash -> Binary,
        state -> Text,
        rotating_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    teams (id) {
        id -> Text,
        name -> Text,
        name_folded -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    team_invitations (id) {
        id -> Text,
        team_id -> Text,
        email -> Text,
        permissions -> Text,
        invited_by -> Text,
        token_hash -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    team_members (team_id, user_id) {
        team_id -> Text,
        user_id -> Text,
        permissions -> Text,
    }
}

diesel::table! {
    apps (id) {
        id -> Text,
        team_id -> Text,
        name -> Text,
        name_folded -> Text,
        description -> Text,
        publisher_name -> Text,
        publisher_verified -> Bool,
        support_email -> Nullable<Text>,
        kind -> Text,
        callback_urls -> Text,
        client_credentials -> Bool,
        mutual_tls -> Text,
        rotate_refresh_tokens -> Bool,
        legacy_parameters_until -> Nullable<BigInt>,
        environments -> Text,
        scopes -> Text,
        access_token_ms -> Nullable<BigInt>,
        connection_idle_ms -> Nullable<BigInt>,
        connection_absolute_ms -> Nullable<BigInt>,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
        homepage_url -> Nullable<Text>,
        privacy_url -> Nullable<Text>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        app_id -> Text,
        label -> Text,
        kind -> Text,
        state -> Text,
        environments -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_secrets (id) {
        id -> Text,
        key_id -> Text,
        root_key -> SmallInt,
        hash -> Binary,
        last_four -> Text,
        state -> Text,
        rotating_until -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registered_certificates (id) {
        id -> Text,
        app_id -> Text,
        key_id -> Nullable<Text>,
        label -> Text,
        thumbprint -> Nullable<Text>,
        der -> Nullable<Binary>,
        not_before -> Nullable<BigInt>,
        not_after -> Nullable<BigInt>,
        name_kind -> Nullable<Text>,
        name_value -> Nullable<Text>,
        voucher -> Nullable<Text>,
        added_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    trust_anchors (id) {
        id -> Text,
        app_id -> Text,
        label -> Text,
        der -> Binary,
        key_digest -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    certificate_names (anchor_key, kind, value) {
        anchor_key -> Text,
        kind -> Text,
        value -> Text,
        certificate_id -> Text,
    }
}

diesel::table! {
    record_parts (part) {
        part -> Integer,
    }
}

diesel::table! {
    customers (id) {
        id -> Text,
        environment -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    workspaces (id) {
        id -> Text,
        customer_id -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        kind -> Text,
        password_hash -> Nullable<Text>,
        enabled -> Bool,
        failed_logins -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    memberships (user_id, customer_id) {
        user_id -> Text,
        customer_id -> Text,
        role -> Text,
        workspaces -> Text,
    }
}

diesel::table! {
    connections (id) {
        id -> Text,
        environment -> Text,
        app_id -> Text,
        key_id -> Text,
        obtained_with -> Nullable<Text>,
        customer_id -> Text,
        user_id -> Text,
        granted_by -> Text,
        purpose -> Text,
        workspaces -> Text,
        scopes -> Text,
        sequence -> BigInt,
        rotated_at -> BigInt,
        grace_uses -> BigInt,
        grace_streak -> BigInt,
        code_challenge -> Nullable<Text>,
        redirect_uri -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        idle_ms -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
        bound_to -> Nullable<Text>,
        label -> Nullable<Text>,
    }
}

diesel::table! {
    burned_connections (id) {
        id -> Text,
        burned_at -> BigInt,
    }
}

diesel::table! {
    connection_requests (id) {
        id -> Text,
        environment -> Text,
        key_id -> Text,
        customer_id -> Text,
        scopes -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        answered_by -> Nullable<Text>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        environment -> Text,
        state -> Text,
        public_point -> Binary,
        sealed_private -> Binary,
        root_key -> SmallInt,
        published_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        target -> Text,
        app_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        detail -> Text,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    activity (id) {
        id -> BigInt,
        at -> BigInt,
        request_id -> Text,
        kind -> Text,
        grant_type -> Text,
        environment -> Text,
        key_id -> Nullable<Text>,
        app_id -> Nullable<Text>,
        authenticated -> Bool,
        refusal -> Nullable<Text>,
        detail -> Text,
        connection_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        address -> Text,
        user_agent -> Text,
        certificate -> Text,
    }
}

diesel::table! {
    activity_successes (key_id, kind, grant_type, hour, environment) {
        key_id -> Text,
        kind -> Text,
        grant_type -> Text,
        hour -> BigInt,
        environment -> Text,
        app_id -> Text,
        attempts -> BigInt,
        registered -> BigInt,
        unregistered -> BigInt,
    }
}

diesel::table! {
    activity_refusals (key_id, kind, reason, prefix, minute, environment) {
        key_id -> Text,
        kind -> Text,
        reason -> Text,
        prefix -> Text,
        minute -> BigInt,
        environment -> Text,
        app_id -> Text,
        attempts -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    revocation_head,
    revocations,
    environments,
    apis,
    api_credentials,
    teams,
    team_members,
    team_invitations,
    apps,
    api_keys,
    api_secrets,
    registered_certificates,
    trust_anchors,
    certificate_names,
    record_parts,
    customers,
    workspaces,
    users,
    memberships,
    connections,
    burned_connections,
    connection_requests,
    signing_keys,
    audit,
    activity,
    activity_successes,
    activity_refusals,
);
