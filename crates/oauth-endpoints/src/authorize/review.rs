//! The app's page: what it says it is for and what it asks; Submit or Deny.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{Case, Transaction, deny};
use crate::pages::ReviewPage;
use crate::sessions::{PageBody, PageError, PageResult, Visitor, redirect};
use crate::sign_in::ReturnTo;

const PATH: &str = "/ui/oauth/authorize/answer";
/// The hidden field that names the transaction.
pub(super) const TRANSACTION: &str = "transaction";

/// The first page of a transaction that this person should see.
pub(crate) async fn next(visitor: &Visitor, transaction: Transaction) -> PageResult {
    let case = transaction.case(visitor).await?;
    transaction.require_open(&case)?;
    if knows(visitor, &transaction, &case).await? {
        return Ok(redirect(ReturnTo::workspaces(&visitor.at.name, transaction.id()).as_str()));
    }
    Ok(visitor.show(&page(visitor, &transaction, &case), StatusCode::OK))
}

/// Whether the app's page may be skipped: somebody is signed in who has connected this app before.
pub(super) async fn knows(visitor: &Visitor, transaction: &Transaction, case: &Case) -> Result<bool, PageError> {
    match &visitor.session {
        Some(session) if transaction.is_signed_in(visitor) && !transaction.wants_review() => {
            Ok(case.earlier(visitor, session).await?.is_some())
        }
        _ => Ok(false),
    }
}

pub(super) async fn answer(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &body).await;
    visitor.answer(result)
}

async fn take(visitor: &Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    let mut transaction = Transaction::find(visitor, form.one(TRANSACTION)).await?;
    visitor.check_form(&form, &transaction.purpose())?;
    if form.is_denial() {
        return deny(visitor, transaction).await;
    }
    transaction.require_open(&transaction.case(visitor).await?)?;
    transaction.set_reviewed(visitor).await?;
    let workspaces = ReturnTo::workspaces(&visitor.at.name, transaction.id());
    if transaction.is_signed_in(visitor) {
        Ok(redirect(workspaces.as_str()))
    } else {
        Ok(visitor.go(&workspaces.sign_in_path()))
    }
}

fn page(visitor: &Visitor, transaction: &Transaction, case: &Case) -> ReviewPage {
    ReviewPage {
        frame: visitor.frame(),
        app: case.identity(visitor),
        description: case.app.description.clone(),
        permissions: case.permissions(visitor),
        purpose: case.purpose,
        privacy_url: case.app.privacy_url.clone(),
        support_email: case.app.support_email.clone(),
        form: visitor.form(PATH, &transaction.purpose()).with(TRANSACTION, transaction.id()),
    }
}
