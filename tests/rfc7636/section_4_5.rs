//! The client sends the code and its verifier; the server verifies it.

use crate::world::in_both_worlds;

// RFC 7636 §4.6
#[test]
fn the_verifier_that_made_the_challenge_is_accepted() {
    in_both_worlds(async |world| {
        world.pocket().is_let_in_by(&world.alice()).await;
    });
}

// RFC 7636 §4.6
#[test]
fn a_wrong_verifier_is_an_invalid_grant() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.pocket()).await.with_verifier(&"x".repeat(43));
        world.pocket().redeems(&code).await.fails_with(400, "invalid_grant").because("pkce_failed");
    });
}

// PROTOCOL, "Token": a wrong verifier burns the code.
#[test]
fn a_wrong_verifier_burns_the_code() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.pocket()).await;
        world.pocket().redeems(&code.with_verifier(&"x".repeat(43))).await.fails_with(400, "invalid_grant");
        world.pocket().redeems(&code).await.fails_with(400, "invalid_grant");
    });
}

// RFC 7636 §4.6, for keys with a secret too (promise S4).
#[test]
fn a_missing_verifier_is_an_invalid_grant() {
    in_both_worlds(async |world| {
        for client in [world.pocket(), world.report_bot()] {
            let code = world.alice().authorizes(&client).await.without_verifier();
            client.redeems(&code).await.fails_with(400, "invalid_grant").because("pkce_missing");
        }
    });
}

// RFC 7636 §4.1: 43 to 128 characters of the unreserved alphabet.
#[test]
fn a_verifier_of_another_form_is_refused_even_when_its_hash_fits() {
    in_both_worlds(async |world| {
        let (alice, pocket) = (world.alice(), world.pocket());
        for verifier in
            ["x".repeat(42), "x".repeat(129), format!("{} ", "x".repeat(43)), format!("{}/", "x".repeat(43))]
        {
            let code = alice.authorizes_with_verifier(&pocket, &verifier).await;
            pocket.redeems(&code).await.fails_with(400, "invalid_grant").because("pkce_failed");
        }
    });
}

// RFC 7636 §4.1
#[test]
fn verifiers_of_43_and_of_128_characters_are_accepted() {
    in_both_worlds(async |world| {
        let (alice, pocket) = (world.alice(), world.pocket());
        for verifier in ["a-._~".repeat(9).get(..43).unwrap_or_default(), &"Z9".repeat(64)] {
            let code = alice.authorizes_with_verifier(&pocket, verifier).await;
            pocket.redeems(&code).await.tokens();
        }
    });
}

// RFC 7636 §4.6: the comparison is of hashes, never of the texts themselves.
#[test]
fn the_challenge_itself_is_no_verifier() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let code = world.alice().authorizes(&pocket).await;
        let challenge = crate::world::challenge(code.verifier.as_deref().unwrap_or_default());
        pocket.redeems(&code.with_verifier(&challenge)).await.fails_with(400, "invalid_grant").because("pkce_failed");
    });
}

// RFC 9700 §4.8.2: a verifier for a code that was asked for without a challenge is a downgrade.
#[test]
fn a_verifier_without_a_challenge_is_refused() {
    in_both_worlds(async |world| {
        let (alice, bot) = (world.alice(), world.report_bot());
        let mut choice = alice.everything();
        choice.pkce = false;
        let code = alice.authorizes_for(&bot, choice).await.with_verifier(&"x".repeat(43));
        bot.redeems(&code).await.fails_with(400, "invalid_grant").because("pkce_unexpected");
    });
}
