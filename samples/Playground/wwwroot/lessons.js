// Lessons run in a worker: the page answers meanwhile, and a run can be ended. Each run has an engine of its own, as a program has in its process.
window.lessons = (() => {
  let worker = null, page = null;
  const end = () => { worker?.terminate(); worker = null; };
  // The page's own engine, under the name that this version has.
  const engine = () => {
    const name = "./_framework/dotnet.js", map = document.querySelector("script[type=importmap]")?.textContent;
    return new URL((map?.trim() && JSON.parse(map).imports?.[name]) || name, document.baseURI).href;
  };
  const start = () => {
    const one = new Worker(new URL("lesson-worker.js", document.baseURI), { type: "module" });
    one.addEventListener("message", e => {
      if (one !== worker) return;
      if (e.data.kind === "done" || e.data.kind === "failed") end();
      page.invokeMethodAsync("OnLesson", e.data.kind, e.data.text, e.data.file ?? null);
    });
    one.addEventListener("error", e => {
      if (one !== worker) return;
      end();
      page.invokeMethodAsync("OnLesson", "failed", e.message ?? "the worker could not be started", null);
    });
    return one;
  };
  return {
    run(name, listener) {
      end();
      page = listener;
      worker = start();
      worker.postMessage({ engine: engine(), name });
    },
    stop: end,
    source: name => fetch(`lessons/${name}.txt`).then(response => {
      if (!response.ok) throw new Error(`${response.status} for lessons/${name}.txt`);
      return response.text();
    }),
  };
})();
