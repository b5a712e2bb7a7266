// Keeps every file of this version, so that the page works without a network afterwards.
self.importScripts("./service-worker-assets.js");
const name = `playground-${self.assetsManifest.version}`;
const kept = self.assetsManifest.assets.filter(asset => !/(^service-worker\.js|\.(gz|br|md)|LICENSE)$/.test(asset.url));

self.addEventListener("install", event => event.waitUntil((async () => {
  const cache = await caches.open(name);
  // A name with a fingerprint never changes its content: the browser may have it from the page's own load.
  const isFixed = url => url.startsWith("_framework/");
  await cache.addAll(kept.map(asset => new Request(asset.url, { integrity: asset.hash, cache: isFixed(asset.url) ? "default" : "no-cache" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", event => event.waitUntil((async () => {
  for (const other of await caches.keys())
    if (other.startsWith("playground-") && other !== name) await caches.delete(other);
})()));

self.addEventListener("fetch", event => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith((async () => {
    const cache = await caches.open(name);
    const request = event.request.mode === "navigate" ? "index.html" : event.request;
    return await cache.match(request, { ignoreSearch: true }) ?? fetch(event.request);
  })());
});
