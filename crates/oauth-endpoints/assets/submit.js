// form_post: sends the answer to the app at once; the button stays for when this does not run.

document.querySelector("form[data-submit]")?.requestSubmit();
