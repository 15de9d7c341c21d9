//! `POST /ui/logout`.

use super::{PageBody, PageError, PageResult, Visitor};
use crate::pages::Notice;

pub(super) async fn sign_out(mut visitor: Visitor, body: PageBody) -> actix_web::HttpResponse {
    let result = leave(&mut visitor, &body).await;
    visitor.answer(result)
}

async fn leave(visitor: &mut Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    if visitor.session.is_some() {
        visitor.check_account_form(&form)?;
        visitor.end_session().await?;
    }
    Err(PageError::notice(Notice::SignedOut))
}
