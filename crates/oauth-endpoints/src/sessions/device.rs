//! Browsers that somebody signed in with before. Guesses of strangers pause an account for strangers only, so that nobody
//! can be kept out of it by being guessed at (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use std::time::Duration;

use domain::User;
use protocol::authorize::form_token;
use storage::StoreError;

use super::Visitor;
use super::cookies::{DEVICE_DAYS, Kind};

const KIND: &str = "device";
const LIFE: Duration = Duration::from_secs(DEVICE_DAYS.unsigned_abs() * 24 * 3600);

impl Visitor {
    /// This browser's name among those that signed in as `email` before; its tries are counted by that.
    pub(crate) async fn device_of(&self, email: &str) -> Result<Option<String>, StoreError> {
        let Some(id) = self.cookie(Kind::Device) else { return Ok(None) };
        let whose: Option<String> = self.notes.read(KIND, &id).await?;
        Ok(whose.filter(|whose| *whose == mark(email)).map(|_| form_token(KIND, &id)))
    }

    /// Remembers that `user` signed in with this browser, in place of whoever did before.
    pub(super) async fn remember_device(&self, user: &User) -> Result<(), StoreError> {
        if let Some(old) = self.cookie(Kind::Device) {
            self.notes.remove(KIND, &old).await?;
        }
        let id = self.notes.fresh_id();
        self.notes.write(KIND, &id, &mark(&user.email), LIFE).await?;
        self.set_cookie(Kind::Device, &id);
        Ok(())
    }
}

fn mark(email: &str) -> String {
    form_token("device of", &email.to_lowercase())
}
