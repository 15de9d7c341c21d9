//! Whom a token is for: the client that authenticated, or somebody of the app's team who makes it by hand for one of
//! its keys.

use std::sync::Arc;

use domain::{App, ClientId, Connection, RequestId, SecretId};
use storage::{Cached, ClientRecord, Dependent};

use crate::Protocol;
use crate::client_authentication::AuthenticatedClient;
use crate::confirmation::ProvenCertificate;
use crate::generated_token::Maker;
use crate::refusal::Refusal;

/// Whom a token is for.
pub(crate) enum Receiver {
    /// Whoever authenticated as the key.
    Client(Box<AuthenticatedClient>),
    /// Whoever makes it by hand: no client is there, so no secret was shown and no certificate either.
    Maker(Maker),
}

impl From<AuthenticatedClient> for Receiver {
    fn from(client: AuthenticatedClient) -> Self {
        Self::Client(Box::new(client))
    }
}

impl Receiver {
    /// The key.
    pub(crate) fn id(&self) -> ClientId {
        match self {
            Self::Client(client) => client.id(),
            Self::Maker(maker) => maker.stored().key.id,
        }
    }

    /// Its app.
    pub(crate) fn app(&self) -> &App {
        match self {
            Self::Client(client) => client.app(),
            Self::Maker(maker) => &maker.stored().app,
        }
    }

    /// The secret that was shown.
    pub(crate) fn secret(&self) -> Option<SecretId> {
        match self {
            Self::Client(client) => client.secret(),
            Self::Maker(_) => None,
        }
    }

    /// What the token is bound to.
    pub(crate) fn certificate(&self) -> Option<&ProvenCertificate> {
        match self {
            Self::Client(client) => client.certificate(),
            Self::Maker(_) => None,
        }
    }

    /// The request it is made in.
    pub(crate) fn request(&self) -> Option<RequestId> {
        match self {
            Self::Client(client) => client.request(),
            Self::Maker(maker) => maker.request(),
        }
    }

    /// The same of a client that authenticated.
    pub(crate) fn client_record(&self) -> Option<&Arc<Cached<Option<ClientRecord>>>> {
        match self {
            Self::Client(client) => Some(client.record()),
            Self::Maker(_) => None,
        }
    }

    /// The cached record it stands on.
    pub(crate) fn record(&self) -> &dyn Dependent {
        match self {
            Self::Client(client) => &**client.record(),
            Self::Maker(maker) => maker.record(),
        }
    }
}

impl Protocol {
    /// The same over the record as it is now, for an issuer whose record was touched while it worked.
    ///
    /// # Errors
    /// A refusal: the key, its secret or its certificate may not be used any more.
    pub(crate) async fn receive_again(&self, receiver: &Receiver) -> Result<Receiver, Refusal> {
        match receiver {
            Receiver::Client(client) => Ok(self.reaffirm(client).await?.into()),
            Receiver::Maker(maker) => Ok(Receiver::Maker(self.make_again(maker).await?)),
        }
    }

    /// Whether the receiver may use `connection`: one that is bound to a certificate needs one of the app's.
    ///
    /// # Errors
    /// `invalid_grant`: none came, or it does not count.
    pub(crate) fn check_receiver(&self, receiver: &Receiver, connection: &Connection) -> Result<(), Refusal> {
        match receiver {
            Receiver::Client(client) => self.check_bound(client, connection),
            // What is made by hand has just been made, bound to nothing.
            Receiver::Maker(_) => Ok(()),
        }
    }
}
