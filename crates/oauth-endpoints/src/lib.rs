//! oauth-endpoints
