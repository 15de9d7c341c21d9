//! The environment of a path: `/prod2/oauth/token` is prod2's, `/oauth/token` the default one's.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use domain::EnvironmentName;
use futures_util::future::LocalBoxFuture;
use storage::{Cached, EnvironmentRecord};

use crate::request::Call;
use crate::respond::Failure;
use crate::state::State;

/// An environment that exists, with its record.
pub struct At {
    /// Its name.
    pub name: EnvironmentName,
    record: Arc<Cached<Option<EnvironmentRecord>>>,
}

impl At {
    /// The environment with its APIs.
    #[must_use]
    pub fn record(&self) -> &EnvironmentRecord {
        self.record.value.as_ref().expect("only an environment that exists is extracted")
    }
}

impl FromRequest for At {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let call = Call::of(&request);
            let name = named(&request)?;
            let state = request.app_data::<web::Data<State>>().expect("every route has the state");
            let record = state.protocol.records.environment(&name).await;
            let record = record.map_err(|error| Failure::Refused(call.id, error.into()))?;
            if record.value.is_none() {
                return Err(Failure::NotFound(call.id));
            }
            Ok(Self { name, record })
        })
    }
}

/// The name in a request's path, whether or not such an environment exists.
pub(crate) fn named(request: &HttpRequest) -> Result<EnvironmentName, Failure> {
    match request.match_info().get("environment") {
        None => Ok(EnvironmentName::default_environment()),
        Some(text) => text.parse().map_err(|_| Failure::NotFound(Call::of(request).id)),
    }
}
