//! One path of the API with the methods it takes. Any other method is told which.

use std::future::ready;

use actix_web::dev::Handler;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder, Route};
use domain::Reason;
use oauth_endpoints::Problem;

use crate::BASE;

/// A path, and what is done there.
pub(crate) struct Resource {
    path: &'static str,
    routes: Vec<(&'static str, Route)>,
}

impl Resource {
    pub(crate) fn new(path: &'static str) -> Self {
        Self { path, routes: Vec::new() }
    }

    /// Its whole path.
    pub(crate) fn path(&self) -> String {
        format!("{BASE}{}", self.path)
    }

    #[cfg(test)]
    pub(crate) fn methods(&self) -> impl Iterator<Item = &'static str> {
        self.routes.iter().map(|(method, _)| *method)
    }

    pub(crate) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("GET", web::get().to(handler))
    }

    pub(crate) fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("POST", web::post().to(handler))
    }

    pub(crate) fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("PUT", web::put().to(handler))
    }

    pub(crate) fn patch<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("PATCH", web::patch().to(handler))
    }

    pub(crate) fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.with("DELETE", web::delete().to(handler))
    }

    fn with(mut self, method: &'static str, route: Route) -> Self {
        self.routes.push((method, route));
        self
    }

    pub(crate) fn enter(self, config: &mut ServiceConfig) {
        let methods: Vec<_> = self.routes.iter().map(|(method, _)| *method).collect();
        let allow = methods.join(", ");
        let mut entered = web::resource(self.path());
        for (_, route) in self.routes {
            entered = entered.route(route);
        }
        config.service(entered.default_service(web::to(move || ready(wrong_method(allow.clone())))));
    }
}

fn wrong_method(allow: String) -> Result<String, Problem> {
    let detail = format!("this path takes {allow}");
    Err(Problem::new(Reason::MethodWrong).detail(detail).allowing(allow))
}
