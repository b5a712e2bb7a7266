// Starts the engine and says what it is doing meanwhile.
(() => {
  const doing = document.getElementById("doing"), bar = document.querySelector(".loading .bar");
  let files = 0, loaded = 0, bytes = 0;
  const say = text => { if (doing.isConnected) doing.textContent = text; };
  const show = () => {
    const share = files ? Math.round(100 * loaded / files) : 0;
    bar.firstElementChild.style.width = `${share}%`;
    bar.setAttribute("aria-valuenow", share);
    say(loaded < files ? `Loading the engine: ${loaded} of ${files} files, ${(bytes / 1e6).toFixed(1)} MB. Later visits take them from the browser.` : "Starting the engine …");
  };
  Blazor.start({
    loadBootResource: (type, name, uri, integrity) => {
      if (type === "dotnetjs" || type === "manifest") return uri;
      files++;
      show();
      return fetch(uri, { integrity: integrity || undefined }).then(response => {
        if (!response.ok) throw new Error(`${response.status} for ${name}`);
        bytes += Number(response.headers.get("content-length") ?? 0);
        loaded++;
        show();
        return response;
      });
    },
  }).catch(error => say(`The engine could not be loaded: ${error.message ?? error}. Is the connection there? Load the page again.`));
  // Later the page works without a network.
  addEventListener("load", () => navigator.serviceWorker?.register("service-worker.js").catch(() => { }));
})();
