// While developing, everything comes from the server.
self.addEventListener("fetch", () => { });
