//! The developer console: the apps of a person's teams, what each is and how it is called, and every attempt with its
//! reason; and changing them, as far as the person's permissions go.
//!
//! `server` enters [`routes`] after those of `oauth-endpoints`, whose sign-in, frame and headers it uses. A handler asks
//! `client-registry` what the person may see and do, anew for every page, and fills a page of `pages`. This crate must never
//! know SQL, Redis or where certificates come from.

mod activity;
mod app;
mod app_form;
mod apps;
mod certificates;
mod connections;
mod customers;
mod deleted_apps;
mod developer;
mod docs;
mod invitation;
mod keys;
mod new_app;
mod once;
mod pages;
mod place;
mod programs;
mod settings;
mod snippets;
mod teams;
mod test_authorization;
mod tokens;

use std::future::ready;

use actix_web::web::{ServiceConfig, get, post, resource};

/// Enters every page, for each environment in which people sign in, and the console's own files.
pub fn routes(config: &mut ServiceConfig) {
    for prefix in ["", "/{environment}"] {
        // Before `/{app}`, which would take them for ids.
        apps_as_wholes(config, prefix);
        let at = |path: &str| resource(format!("{prefix}/ui/apps{path}"));
        config
            .service(at("").route(get().to(apps::list)))
            .service(at("/{app}").route(get().to(app::overview)))
            .service(at("/{app}/activity").route(get().to(activity::list)));
        tokens::routes(config, prefix);
        customers::routes(config, prefix);
        keys::routes(config, prefix);
        certificates::routes(config, prefix);
        teams::routes(config, prefix);
        let invitation = resource(format!("{prefix}/ui/invitations/{{token}}"));
        config.service(invitation.route(get().to(invitation::page)).route(post().to(invitation::accept)));
    }
    config
        .service(resource("/docs").route(get().to(docs::quickstart)))
        .service(resource("/docs/many-customers").route(get().to(docs::many_customers)))
        .service(resource("/docs/mutual-tls").route(get().to(docs::mutual_tls)))
        .service(resource("/docs/moving").route(get().to(docs::moving)));
    for asset in [&pages::CONSOLE_STYLESHEET, &pages::CONSOLE_SCRIPT, &pages::APP_FORM_SCRIPT] {
        config.service(resource(asset.path()).route(get().to(move || ready(asset.answer()))));
    }
}

/// Making, changing, trying and deleting apps.
fn apps_as_wholes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/apps{path}"));
    config
        .service(at("/new").route(get().to(new_app::ask)).route(post().to(new_app::create)))
        .service(at("/deleted").route(get().to(deleted_apps::list)))
        .service(at("/{app}/restore").route(post().to(deleted_apps::restore)))
        .service(at("/{app}/settings").route(get().to(settings::show)).route(post().to(settings::save)))
        .service(
            at("/{app}/settings/{act:client-credentials|transfer|delete}")
                .route(get().to(settings::ask))
                .route(post().to(settings::make)),
        )
        .service(at("/{app}/test").route(get().to(test_authorization::ask)).route(post().to(test_authorization::begin)))
        .service(at("/{app}/test/callback").route(get().to(test_authorization::callback)))
        .service(
            at("/{app}/test/{test}")
                .route(get().to(test_authorization::result))
                .route(post().to(test_authorization::go_on)),
        );
}
