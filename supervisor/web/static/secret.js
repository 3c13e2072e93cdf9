// A secret that is shown once, to be copied: a token, a link. In HTML: #made around #secret and #copy.

const at = (id) => document.getElementById(id);

/** Shows it, ready to be copied by hand as well. */
export function showSecret(secret) {
  at("made").hidden = false;
  at("secret").value = secret;
  at("secret").focus();
  at("secret").select();
}

/** Puts it on the clipboard; where that is barred (no TLS), it is selected instead. */
export async function copySecret() {
  at("secret").select();
  await navigator.clipboard?.writeText(at("secret").value).catch(() => {});
}
