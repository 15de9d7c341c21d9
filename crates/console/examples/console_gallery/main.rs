//! Writes every page of the console into a folder, as the real handlers answer somebody who may do everything, with the
//! policy it was served under beside it and the assets below it: full, empty, very long, refused, and shown once. For
//! looking at them, and for browser checks without a running server.
//!
//! `cargo run -p console --example console_gallery -- FOLDER`

#![expect(clippy::unwrap_used, reason = "a gallery that cannot be hung says so where it stands")]

#[path = "../../../oauth-endpoints/tests/pages/browser.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod browser;
#[path = "../../tests/pages/callers.rs"]
#[expect(dead_code, reason = "the suite of the pages uses all of it")]
mod callers;
#[path = "../../../oauth-endpoints/tests/pages/connection.rs"]
mod connection;
mod long;
#[path = "../../tests/pages/routes.rs"]
#[expect(dead_code, reason = "the suite of the pages uses all of it")]
mod routes;
#[path = "../../tests/pages/scene.rs"]
#[expect(dead_code, reason = "the suite of the pages uses all of it")]
mod scene;
mod shots;
#[path = "../../tests/pages/team.rs"]
#[expect(dead_code, reason = "the suite of the pages uses all of it")]
mod team;
mod told;
#[path = "../../../oauth-endpoints/tests/pages/world.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod world;

use std::path::PathBuf;
use std::{env, fs};

use actix_web::web::ServiceConfig;
use domain::Permissions;

use browser::{Browser, Page};
use callers::{Caller, Who};
use scene::Scene;
use world::World;

/// As `server` enters them.
fn routes(config: &mut ServiceConfig) {
    console::routes(config);
    oauth_endpoints::routes(config);
}

/// The folder that it is hung in.
pub(crate) struct Gallery<'a> {
    folder: PathBuf,
    world: &'a World,
}

impl Gallery<'_> {
    /// Keeps a page, its policy, and the assets that it names.
    pub(crate) async fn hang(&self, name: &str, page: &Page) {
        let file = self.folder.join(format!("console-{name}"));
        assert!(!file.with_extension("html").exists(), "two pages are called {name}");
        let policy =
            page.headers.get("content-security-policy").unwrap_or_else(|| panic!("{name} is no page: {page:?}"));
        fs::write(file.with_extension("html"), &page.body).unwrap();
        fs::write(file.with_extension("csp"), policy.as_bytes()).unwrap();
        for rest in page.body.split("\"/assets/").skip(1) {
            let asset = format!("assets/{}", rest.split('"').next().unwrap());
            let file = self.folder.join(&asset);
            if !file.exists() {
                let answer = Browser::of(self.world).one(&format!("/{asset}"), None).await;
                fs::write(file, answer.body).unwrap();
            }
        }
    }
}

/// Somebody who may do everything in the scene.
pub(crate) async fn admin<'a>(world: &'a World, scene: &Scene<'_>, email: &str) -> Caller<'a> {
    let admin = Caller::of(world, Who::Member(Permissions::ALL), email).await;
    scene.lets_in(admin.user, Permissions::ALL).await;
    admin
}

#[actix_web::main]
async fn main() {
    let folder = env::args_os().nth(1).map_or_else(|| env::temp_dir().join("countersign-gallery"), PathBuf::from);
    fs::create_dir_all(folder.join("assets")).unwrap();
    let world = World::start().await;
    let gallery = Gallery { folder, world: &world };
    shots::full(&gallery).await;
    shots::empty(&gallery).await;
    long::names_and_lists(&gallery).await;
    told::invitations(&gallery).await;
    told::shown_once(&gallery).await;
    told::tests(&gallery).await;
    told::late(&gallery).await;
}
