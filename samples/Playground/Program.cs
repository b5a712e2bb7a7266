using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Playground;
using Playground.Cost;
using Playground.Function;
using Playground.Lessons;
using Playground.Network;
using Playground.Puzzles;
using Playground.Network.Explain;
using Playground.Shapes;

WebAssemblyHostBuilder builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.Services.AddScoped<Browser>();
builder.Services.AddScoped<View>();
// A page that is opened again is as it was left.
builder.Services.AddScoped<FunctionState>();
builder.Services.AddScoped<NetworkState>();
builder.Services.AddScoped<ExplainState>();
builder.Services.AddScoped<NetworkScreen>();
builder.Services.AddScoped<CostState>();
builder.Services.AddScoped<PuzzlesState>();
builder.Services.AddScoped<ShapesState>();
builder.Services.AddScoped<LessonsState>();
builder.RootComponents.Add<App>("#app");
await builder.Build().RunAsync();
