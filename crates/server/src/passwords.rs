//! People's passwords: argon2id on a bounded number of blocking threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use domain::Random;
use oauth_endpoints::{NotHashed, PasswordsBusy};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry as Meters, Unit};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Verified when there is no user, so that this takes as long as a wrong password. Salt and hash were drawn at random:
/// no password is known to match.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$0aZlGQPU38v06M6IY2PSXQ$8Ovgj2B3PpVcMdmHTBCXI/gptkhOpTR1EPModqsLqe8";
/// The fewest characters (SP 800-63B-4 §3.1.1.2, a password that is not the only factor).
const SHORTEST: usize = 8;
/// What hashes are expected to take, and what they take when the machine has too much to do, in seconds.
const SECONDS: [f64; 8] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// How long a sign-in waits for a thread.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes: more costs time and gives nothing.
const LONGEST_BYTES: usize = 1024;

/// A password as somebody wrote it: not printable, wiped when it is dropped.
pub struct Password(Zeroizing<String>);

/// Why text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has at least {SHORTEST} characters and at most {LONGEST_BYTES} bytes")]
pub struct UnfitPassword;

/// Hashing did not come to an end.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashingFailed(String);

impl Password {
    /// Takes a password that somebody chooses.
    ///
    /// # Errors
    /// [`UnfitPassword`]: too short or too long.
    pub fn choose(text: Zeroizing<String>) -> Result<Self, UnfitPassword> {
        let fits = text.chars().count() >= SHORTEST && text.len() <= LONGEST_BYTES;
        fits.then_some(Self(text)).ok_or(UnfitPassword)
    }

    /// Takes a password that somebody signs in with; whether it would be taken today does not matter.
    #[must_use]
    pub fn presented(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes and verifies passwords, a bounded number at once: each takes 19 MiB and some 20 ms of a core.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    took: Histogram,
}

impl Passwords {
    /// At most `at_once` hashes at once.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once)), took: Histogram::new(SECONDS) }
    }

    /// Enters how long hashes take in `meters`.
    pub fn register(&self, meters: &mut Meters) {
        meters.register_with_unit(
            "countersign_password_hash_duration",
            "How long hashing passwords took, without the wait for a thread",
            Unit::Seconds,
            self.took.clone(),
        );
    }

    /// The PHC string of `password`.
    ///
    /// # Errors
    /// [`HashingFailed`].
    pub async fn hash(&self, password: Password, random: &dyn Random) -> Result<String, HashingFailed> {
        let salt = salt(random);
        self.on_a_blocking_thread(move || hash(password.0.as_bytes(), &salt)).await?
    }

    /// Whether `password` is the one that `stored` was made from. Without `stored` it is not, and takes as long.
    ///
    /// # Errors
    /// [`HashingFailed`].
    pub async fn verify(&self, password: Password, stored: Option<&str>) -> Result<bool, HashingFailed> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or(NOBODYS).to_owned();
        let matches = self
            .on_a_blocking_thread(move || {
                let stored = PasswordHash::new(&stored).map_err(|error| HashingFailed(error.to_string()))?;
                Ok(Argon2::default().verify_password(password.0.as_bytes(), &stored).is_ok())
            })
            .await??;
        Ok(exists && matches)
    }

    async fn on_a_blocking_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        // The permit goes with the work: a caller who leaves frees no thread.
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        let took = self.took.clone();
        let done = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let outcome = work();
            took.observe(began.elapsed().as_secs_f64());
            drop(permit);
            outcome
        });
        done.await.map_err(|stopped| HashingFailed(stopped.to_string()))
    }
}

#[async_trait]
impl oauth_endpoints::Passwords for Passwords {
    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordsBusy> {
        let password = Password::presented(Zeroizing::new(password));
        // Whoever waits longer than this has gone; nothing was verified for them.
        let verified = tokio::time::timeout(PATIENCE, Self::verify(self, password, hash.as_deref())).await;
        verified.map_err(|_| PasswordsBusy)?.map_err(|_| PasswordsBusy)
    }

    async fn hash(&self, password: String, random: &dyn Random) -> Result<String, NotHashed> {
        let chosen = Password::choose(Zeroizing::new(password));
        let password = chosen.map_err(|unfit| NotHashed::Unfit(unfit.to_string()))?;
        let hashed = tokio::time::timeout(PATIENCE, Self::hash(self, password, random)).await;
        Ok(hashed.map_err(|_| PasswordsBusy)?.map_err(|_| PasswordsBusy)?)
    }
}

fn salt(random: &dyn Random) -> [u8; 16] {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    salt
}

fn hash(password: &[u8], salt: &[u8]) -> Result<String, HashingFailed> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashingFailed(error.to_string()))?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_with_salt(password, salt);
    hash.map(|hash: PasswordHash| hash.to_string()).map_err(|error| HashingFailed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemChance;

    fn password(text: &str) -> Password {
        Password::presented(Zeroizing::new(text.to_owned()))
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let random = SystemChance::default();
        let passwords = Passwords::new(2);
        let stored = passwords.hash(password("correct horse"), &random).await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify(password("correct horse"), Some(&stored)).await.expect("verified"));
        assert!(!passwords.verify(password("correct house"), Some(&stored)).await.expect("verified"));
        assert!(!passwords.verify(password("correct horse"), None).await.expect("verified"));
    }

    #[test]
    fn nobody_is_verified_at_the_same_cost() {
        let nobodys = PasswordHash::new(NOBODYS).expect("a PHC string");
        assert_eq!(nobodys.params.to_string(), format!("m={MEMORY_KIB},t={PASSES},p={LANES}"));
    }

    #[test]
    fn a_chosen_password_has_a_length() {
        let choose = |text: &str| Password::choose(Zeroizing::new(text.to_owned()));
        assert!(choose("seven77").is_err() && choose(&"x".repeat(1025)).is_err());
        assert!(choose("eight888").is_ok());
    }
}
