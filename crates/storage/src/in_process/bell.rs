//! A bell inside one process.

use tokio::sync::Notify;

/// Wakes every task that waits for it, and the next one that comes to wait.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
}

impl Bell {
    /// Strikes it; waits for nobody.
    pub fn strike(&self) {
        self.notify.notify_waiters();
        // The reader that is just busy reading finds this permit when it comes back, and reads once more.
        self.notify.notify_one();
    }

    /// Waits for the next stroke, or returns at once for one that nobody has waited for.
    pub async fn struck(&self) {
        self.notify.notified().await;
    }
}
