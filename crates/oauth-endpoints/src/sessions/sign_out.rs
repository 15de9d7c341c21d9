//! `POST /ui/logout`.

use actix_web::web::Bytes;

use super::{PageError, PageForm, PageResult, Visitor};
use crate::pages::Notice;

pub(super) async fn sign_out(mut visitor: Visitor, body: Bytes) -> actix_web::HttpResponse {
    let result = leave(&mut visitor, &body).await;
    visitor.answer(result)
}

async fn leave(visitor: &mut Visitor, body: &[u8]) -> PageResult {
    let form = PageForm::parse(body)?;
    if visitor.session.is_some() {
        visitor.check_account_form(&form)?;
        visitor.end_session().await?;
    }
    Err(PageError::notice(Notice::SignedOut))
}
