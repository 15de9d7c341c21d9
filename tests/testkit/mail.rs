//! The SMTP server, with the product's own mail client.

use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};
use testkit::{Authority, MailCatcher};

#[tokio::test]
async fn a_mail_arrives_decoded() {
    let catcher = MailCatcher::start();
    let mail = message("anna@example.com", "Ihr Schlüssel");
    plain(&catcher).send(&mail).expect("the catcher takes it");

    let mail = catcher.next_to("ANNA@example.com").await;

    assert_eq!(mail.sender, "countersign@example.com");
    assert_eq!(mail.recipients, ["anna@example.com"]);
    assert_eq!(mail.subject, "Ihr Schlüssel");
    assert_eq!(mail.text.trim_end(), "Ihr Code ist 123456 — gültig für zehn Minuten.");
    assert!(mail.html.contains("<b>123456</b>"), "{}", mail.html);
}

#[tokio::test]
async fn mails_are_taken_once_each_in_order_and_by_address() {
    let catcher = MailCatcher::start();
    for (to, subject) in [("a@example.com", "first"), ("b@example.com", "other"), ("a@example.com", "second")] {
        plain(&catcher).send(&message(to, subject)).expect("the catcher takes it");
    }
    assert_eq!(catcher.next_to("a@example.com").await.subject, "first");
    assert_eq!(catcher.next_to("a@example.com").await.subject, "second");
    assert!(catcher.take_to("a@example.com").is_none());
    assert_eq!(catcher.untaken().len(), 1);
}

#[tokio::test]
async fn a_stopped_catcher_refuses_and_a_restarted_one_still_has_its_mail() {
    let catcher = MailCatcher::start();
    plain(&catcher).send(&message("a@example.com", "kept")).expect("the catcher takes it");

    catcher.stop();
    let refused = plain(&catcher).send(&message("a@example.com", "refused"));
    assert!(refused.is_err());
    catcher.restart();

    plain(&catcher).send(&message("a@example.com", "taken again")).expect("the catcher takes it");
    assert_eq!(catcher.next_to("a@example.com").await.subject, "kept");
    assert_eq!(catcher.next_to("a@example.com").await.subject, "taken again");
}

#[tokio::test]
async fn a_catcher_with_a_certificate_takes_mail_only_after_starttls() {
    let authority = Authority::new("mail root");
    let catcher = MailCatcher::with_starttls(&authority.server(&[]));
    let mail = message("a@example.com", "sealed");

    assert!(plain(&catcher).send(&mail).is_err());

    let root = Certificate::from_pem(authority.pem().as_bytes()).expect("the root is PEM");
    let tls = TlsParameters::builder("localhost".into()).add_root_certificate(root).build();
    let transport = SmtpTransport::builder_dangerous("127.0.0.1")
        .port(catcher.port())
        .tls(Tls::Required(tls.expect("the root is a certificate")))
        .build();
    transport.send(&mail).expect("the catcher takes it");
    assert_eq!(catcher.next_to("a@example.com").await.subject, "sealed");
}

fn plain(catcher: &MailCatcher) -> SmtpTransport {
    SmtpTransport::builder_dangerous("127.0.0.1").port(catcher.port()).build()
}

fn message(to: &str, subject: &str) -> Message {
    let mailbox = |address: &str| address.parse::<Mailbox>().expect("an address");
    Message::builder()
        .from(mailbox("countersign@example.com"))
        .to(mailbox(to))
        .subject(subject)
        .multipart(MultiPart::alternative_plain_html(
            "Ihr Code ist 123456 — gültig für zehn Minuten.".to_owned(),
            "<p>Ihr Code ist <b>123456</b></p>".to_owned(),
        ))
        .expect("a whole message")
}
