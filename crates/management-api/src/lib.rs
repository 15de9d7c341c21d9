//! The management API, `/api/v1`: what the developer console does, for programs, and its `OpenAPI` document.
//!
//! `server` enters [`routes`] after those of `oauth-endpoints`, in whose words it fails ([`oauth_endpoints::Problem`]).
//! Every handler takes a `Caller`, who has authenticated; asks `client-registry` in its name, which decides who
//! may do what; and answers with what it found. This crate must never know SQL, Redis or where certificates come from.

mod activity;
mod anchors;
mod answers;
mod app_changes;
mod app_connections;
mod apps;
mod callback_checks;
mod caller;
mod certificate_changes;
mod certificates;
mod connection_changes;
mod connections;
mod deleted_apps;
mod docs;
mod faults;
mod idempotency;
mod invitations;
mod key_changes;
mod keys;
mod lists;
mod me;
mod openapi;
mod own_sessions;
mod person;
mod refused;
mod registered;
mod resource;
mod schemas;
mod team_changes;
mod teams;
mod token_orders;
mod tokens;
mod versions;

use std::future::ready;

use actix_web::web::{self, ServiceConfig, get};

use resource::Resource;

/// What every path of the API begins with.
const BASE: &str = "/api/v1";

/// Enters every route.
pub fn routes(config: &mut ServiceConfig) {
    for resource in resources() {
        resource.enter(config);
    }
    config
        .service(web::resource(docs::DOCUMENT).route(get().to(docs::document)))
        .service(web::resource(docs::PAGE).route(get().to(docs::page)))
        .service(web::resource(docs::STYLESHEET.path()).route(get().to(|| ready(docs::STYLESHEET.answer()))));
}

/// What there is, and what can be done with it. The document has the same (`openapi.rs` tests that).
fn resources() -> Vec<Resource> {
    vec![
        Resource::new("/me").get(me::show),
        Resource::new("/me/confirmation").post(person::confirm),
        Resource::new("/me/sessions").get(own_sessions::list).delete(own_sessions::end_others),
        Resource::new("/me/sessions/{session}").delete(own_sessions::end),
        Resource::new("/me/workspaces").get(person::workspaces),
        Resource::new("/teams").get(teams::list),
        Resource::new("/teams/{team}").get(teams::show).patch(team_changes::rename),
        Resource::new("/teams/{team}/members").get(teams::members),
        Resource::new("/teams/{team}/members/{user}").put(team_changes::set_member).delete(team_changes::remove_member),
        Resource::new("/teams/{team}/invitations").get(invitations::list).post(invitations::invite),
        Resource::new("/teams/{team}/invitations/{invitation}").get(invitations::show).delete(invitations::withdraw),
        Resource::new("/teams/{team}/invitations/{invitation}/resend").post(invitations::resend),
        Resource::new("/deleted-apps").get(deleted_apps::list),
        Resource::new("/apps").get(apps::list).post(app_changes::create),
        Resource::new("/apps/{app}").get(apps::show).patch(app_changes::edit).delete(app_changes::delete),
        Resource::new("/apps/{app}/restore").post(app_changes::restore),
        Resource::new("/apps/{app}/transfer").post(app_changes::transfer),
        Resource::new("/apps/{app}/keys").get(keys::list).post(key_changes::create),
        Resource::new("/apps/{app}/keys/{key}")
            .get(keys::show)
            .patch(key_changes::set_active)
            .delete(key_changes::revoke),
        Resource::new("/apps/{app}/keys/{key}/secrets").post(key_changes::add_secret),
        Resource::new("/apps/{app}/keys/{key}/secrets/rotate").post(key_changes::rotate),
        Resource::new("/apps/{app}/keys/{key}/secrets/{secret}")
            .patch(key_changes::set_secret_active)
            .delete(key_changes::revoke_secret),
        Resource::new("/apps/{app}/keys/{key}/connections").get(connections::list),
        Resource::new("/apps/{app}/keys/{key}/connection-requests")
            .get(connections::requests)
            .post(connection_changes::request),
        Resource::new("/apps/{app}/connections").get(app_connections::list),
        Resource::new("/apps/{app}/connections/{connection}")
            .get(app_connections::show)
            .delete(connection_changes::end),
        Resource::new("/apps/{app}/connection-requests").get(app_connections::requests),
        Resource::new("/apps/{app}/connection-requests/{request}").delete(app_connections::withdraw),
        Resource::new("/apps/{app}/tokens").get(tokens::list).post(token_orders::generate),
        Resource::new("/apps/{app}/tokens/{token}").get(tokens::show).delete(tokens::end),
        Resource::new("/apps/{app}/tokens/{token}/regenerate").post(token_orders::regenerate),
        Resource::new("/apps/{app}/token-approvals/{approval}").post(token_orders::approve),
        Resource::new("/apps/{app}/token-approvals/{approval}/resend").post(token_orders::resend),
        Resource::new("/apps/{app}/certificates").get(registered::list).post(certificate_changes::add),
        Resource::new("/apps/{app}/certificates/{certificate}").delete(certificate_changes::remove),
        Resource::new("/apps/{app}/trust-anchors").get(anchors::list).post(anchors::add),
        Resource::new("/apps/{app}/trust-anchors/{anchor}").delete(anchors::remove),
        Resource::new("/apps/{app}/mutual-tls").get(registered::mutual_tls).put(certificate_changes::set_mutual_tls),
        Resource::new("/apps/{app}/activity").get(activity::list),
        Resource::new("/callback-checks").post(callback_checks::check),
        Resource::new("/certificate-inspections").post(certificates::inspect),
    ]
}
