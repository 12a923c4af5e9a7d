// Has the browser ask for a passkey, or create one, and sends the answer with the form of the page
// (W3C Web Authentication Level 3). Without this script the form works with the password, if the
// site takes one.
(() => {
  const form = document.querySelector('form[data-passkey]');
  const status = document.getElementById('passkey-status');
  const button = document.getElementById('passkey');
  if (!form || !status || !button) return;
  const { passkey, failed, exists, unsupported } = form.dataset;
  const isNew = form.id === 'add-passkey';
  const api = window.PublicKeyCredential;
  const parser = isNew ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
  if (!api?.[parser]) {
    if (isNew) status.textContent = unsupported;
    return;
  }
  status.textContent = '';

  let asking;
  // With the mediation "conditional", the browser offers passkeys in the field for the address.
  const ask = async (mediation) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    if (!mediation) status.textContent = '';
    try {
      const publicKey = api[parser](JSON.parse(passkey));
      const options = { publicKey, signal, ...(mediation && { mediation }) };
      const answer = await navigator.credentials[isNew ? 'create' : 'get'](options);
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch (error) {
      // Nobody has asked for anything yet, or something else was asked for meanwhile.
      if (mediation || signal.aborted) return;
      status.textContent = error.name === 'InvalidStateError' ? exists : failed;
      if (!isNew) offer();
    }
  };
  const offer = async () => {
    if (await api.isConditionalMediationAvailable?.()) ask('conditional');
  };

  if (isNew) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      ask();
    });
  } else {
    button.addEventListener('click', () => ask());
    for (const part of form.querySelectorAll('[hidden]')) part.hidden = false;
    offer();
  }
})();
