//! Client credentials grant.

use crate::world::in_both_worlds;

// RFC 6749 §4.4.3: a refresh token should not be included.
#[test]
fn client_credentials_give_no_refresh_token() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.acts_alone(&[]).await.tokens();
        assert!(tokens.body.get("refresh_token").is_none(), "{:?}", tokens.body);
    });
}

// RFC 6749 §4.4: only confidential clients.
#[test]
fn a_public_client_may_not_use_client_credentials() {
    in_both_worlds(async |world| {
        world
            .pocket()
            .acts_alone(&[])
            .await
            .fails_with(400, "unauthorized_client")
            .because("client_credentials_public");
    });
}

// RFC 6749 §5.2, promise S8
#[test]
fn client_credentials_are_refused_unless_the_app_has_them_on() {
    in_both_worlds(async |world| {
        world
            .other_bot()
            .acts_alone(&[])
            .await
            .fails_with(400, "unauthorized_client")
            .because("client_credentials_off");
    });
}
