// An engine beside that of the page, which runs a lesson and may take its time; Lessons/LessonWorker.cs is the other side.
const say = (kind, text, file) => postMessage({ kind, text, file });

async function start(address) {
  const { dotnet } = await import(address);
  const { setModuleImports, getAssemblyExports, getConfig } = await dotnet.create();
  setModuleImports("lesson-worker", { say });
  return (await getAssemblyExports(getConfig().mainAssemblyName)).Playground.Lessons.LessonWorker;
}

addEventListener("message", async e => {
  try {
    const started = await start(e.data.engine);
    say("running", "");
    started.Run(e.data.name);
    say("done", "");
  } catch (error) {
    say("failed", `${error.message ?? error}`);
  }
});
