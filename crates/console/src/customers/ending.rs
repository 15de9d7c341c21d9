//! Ends a connection from the developers' side: a page that says what stops, and its form. Tokens made by hand are ended
//! by whoever may make them, the customers' connections by whoever may edit the app.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::Permitted;
use domain::{App, Connection, EndedBy, Permission, Purpose};
use oauth_endpoints::sessions::{PageBody, PageError, PageResult, Visitor};
use serde::Deserialize;

use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, refused};
use crate::pages::ConfirmPage;
use crate::place::{Place, Tab};

/// A connection of an app.
#[derive(Deserialize)]
pub(crate) struct Connected {
    app: String,
    connection: String,
}

pub(crate) async fn ask(visitor: Visitor, named: Path<Connected>) -> HttpResponse {
    let result = question(&visitor, &named, Tab::Customers).await;
    answer(visitor, result)
}

pub(crate) async fn end(visitor: Visitor, named: Path<Connected>, body: PageBody) -> HttpResponse {
    let result = act(&visitor, &named, Tab::Customers, &body).await;
    answer(visitor, result)
}

pub(crate) async fn ask_tokens(visitor: Visitor, named: Path<Connected>) -> HttpResponse {
    let result = question(&visitor, &named, Tab::Tokens).await;
    answer(visitor, result)
}

pub(crate) async fn end_tokens(visitor: Visitor, named: Path<Connected>, body: PageBody) -> HttpResponse {
    let result = act(&visitor, &named, Tab::Tokens, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Connected, at: Tab) -> PageResult {
    let target = Target::read(visitor, named, at).await?;
    if target.connection.ended.is_some() {
        return Ok(visitor.go(&target.tab().path()));
    }
    Ok(visitor.show(&target.page().await?, StatusCode::OK))
}

async fn act(visitor: &Visitor, named: &Connected, at: Tab, body: &PageBody) -> PageResult {
    let target = Target::read(visitor, named, at).await?;
    target.developer.form(body)?;
    let ended = visitor.state.registry.end_connection_of_app(&target.app, target.connection.id, EndedBy::Developer);
    ended.await.map_err(refused)?;
    Ok(visitor.go(&target.tab().path()))
}

/// What the path names, for somebody who may end it there.
struct Target<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    at: Tab,
    connection: Connection,
}

impl<'a> Target<'a> {
    /// `at` is the tab it is ended from.
    async fn read(visitor: &'a Visitor, named: &Connected, at: Tab) -> Result<Self, PageError> {
        let permission = if at == Tab::Tokens { Permission::GenerateToken } else { Permission::Edit };
        let place = Named { app: named.app.clone() };
        let developer = Developer::at(visitor, &place.tab(at)).await?;
        let app = developer.app_for(place.id(), permission).await?;
        let id = named.connection.parse().map_err(|_| not_found())?;
        let connection = visitor.state.registry.connection_of_app(&app, id).await.map_err(refused)?;
        // Who may make tokens and not edit the app ends tokens alone.
        if at == Tab::Tokens && connection.purpose != Purpose::Generated {
            return Err(not_found());
        }
        Ok(Self { developer, app, at, connection })
    }

    fn tab(&self) -> Place {
        Place::Tab(self.app.id, self.at)
    }

    async fn page(&self) -> Result<ConfirmPage, PageError> {
        let (visitor, connection) = (self.developer.visitor, &self.connection);
        let customer = visitor.state.protocol.directory.customer(connection.customer).await?;
        let customer = customer.map(|customer| customer.name).unwrap_or_default();
        let tab = self.tab();
        let (title, button) = match connection.purpose {
            Purpose::Generated => ("End these tokens?", "End tokens"),
            Purpose::Attended | Purpose::Unattended | Purpose::Test => ("End this connection?", "End connection"),
        };
        Ok(ConfirmPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, self.at),
            title,
            what: vec![connection.label.clone().unwrap_or_else(|| customer.clone()), connection.id.to_string()],
            sentences: sentences(connection, &customer),
            form: self.developer.post_to(&format!("{}/{}/end", tab.path(), connection.id)),
            problems: Vec::new(),
            tick: None,
            needs_password: false,
            button,
            is_dangerous: true,
            back_url: visitor.path(&tab.path()),
        })
    }
}

fn sentences(connection: &Connection, customer: &str) -> Vec<String> {
    let stops = "Its access tokens end within a second, and its refresh token gives no new ones.".to_owned();
    let after = match connection.purpose {
        Purpose::Attended => {
            format!(
                "The app reaches nothing of {customer} by it any more; somebody of {customer} would have to connect again."
            )
        }
        Purpose::Unattended => format!(
            "Client credentials give this API key no token for {customer} any more, until {customer} answers another request."
        ),
        Purpose::Test => "It was made to try the app, and would end by itself.".to_owned(),
        Purpose::Generated => {
            "Whatever uses these tokens stops; the app’s other connections and tokens go on.".to_owned()
        }
    };
    vec![stops, after, "This is for good.".to_owned()]
}
