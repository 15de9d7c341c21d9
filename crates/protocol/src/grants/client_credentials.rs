//! RFC 6749 §4.4, as the key's unattended connection. Nothing is written on this path.

use std::sync::Arc;

use domain::{Connection, CustomerId, KeyKind, Liveness, Reason};

use super::resources;
use crate::Protocol;
use crate::client_authentication::AuthenticatedClient;
use crate::conclusion::{Grounds, Row};
use crate::flow::ClientCredentialsRequest;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::token::TokenResponse;
use crate::trail::Trail;

pub(crate) async fn grant(
    protocol: &Protocol,
    client: AuthenticatedClient,
    parameters: &Parameters,
    trail: &mut Trail,
) -> Result<TokenResponse, Refusal> {
    // RFC 6749 §4.4: the client credentials grant type must only be used by confidential clients.
    if client.key().kind == KeyKind::Public {
        return Err(Reason::ClientCredentialsPublic.into());
    }
    if !client.app().client_credentials {
        return Err(Reason::ClientCredentialsOff.into());
    }
    let request = ClientCredentialsRequest::start(client.id(), parameters.find("scope"))?;
    let unattended = protocol.records.unattended(client.id()).await?;
    let connection = choose(protocol, &client, &unattended.value, parameters.find("customer"))?;
    let row = match connection.liveness(protocol.clock.now()) {
        Liveness::Active => Row::cached(connection.clone(), Arc::clone(&unattended)),
        // When it was last used is not in the log: what is cached may be too old to say that nobody uses it.
        _ => reread(protocol, connection).await?,
    };
    let connection = &row.connection;
    trail.connection = Some(connection.id);
    trail.customer = Some(connection.customer);
    // What the app may ask for can have become less than what was granted.
    let scopes = request.finish(&connection.scopes.intersection(&client.app().scopes))?;
    let id = connection.id;
    let grounds = Grounds {
        client: client.into(),
        row,
        scopes,
        resources: resources(parameters),
        callback: None,
        unattended: true,
        refresh_token: None,
    };
    let response = protocol.conclude(grounds).await?;
    protocol.last_used.connection(id, protocol.clock.now());
    Ok(response)
}

async fn reread(protocol: &Protocol, connection: &Connection) -> Result<Row, Refusal> {
    let read = protocol.connections.find(connection.id).await?;
    let live = read.value.filter(|row| row.liveness(protocol.clock.now()) == Liveness::Active);
    Ok(Row::new(live.ok_or(Reason::DefaultUserMissing)?, read.position))
}

/// The connection to act as: the only one, or the one of the customer that was named.
fn choose<'a>(
    protocol: &Protocol,
    client: &AuthenticatedClient,
    unattended: &'a [Connection],
    customer: Option<&str>,
) -> Result<&'a Connection, Refusal> {
    let now = protocol.clock.now();
    let mut usable = unattended.iter().filter(|connection| {
        let may_live = matches!(connection.liveness(now), Liveness::Active | Liveness::IdleExpired);
        connection.environment == *client.environment() && may_live
    });
    if let Some(customer) = customer {
        let id: CustomerId = customer.parse().map_err(|_| Reason::CustomerUnknown)?;
        return usable.find(|connection| connection.customer == id).ok_or_else(|| Reason::CustomerUnknown.into());
    }
    match (usable.next(), usable.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Reason::DefaultUserMissing.into()),
        (Some(_), Some(_)) => Err(Reason::CustomerRequired.into()),
    }
}
