using System.Net;
using System.Net.Sockets;

namespace BrowserTests;

/// <summary>Serves a folder under a path of a free port, as any web server would: the compressed form of a file where there is one.</summary>
internal sealed class StaticFiles : IDisposable
{
    static readonly Dictionary<string, string> s_types = new()
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript", [".css"] = "text/css", [".json"] = "application/json",
        [".wasm"] = "application/wasm", [".svg"] = "image/svg+xml", [".woff2"] = "font/woff2",
    };

    readonly HttpListener _listener = new();
    readonly string _folder, _path;
    long _bytes;

    public StaticFiles(string folder, string path)
    {
        (_folder, _path) = (Path.GetFullPath(folder), path);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}{path}";
        }
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Serve();
    }

    /// <summary>Where the folder is served.</summary>
    public string Address { get; }

    /// <summary>The bytes sent so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    async Task Serve()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Answer(context));
        }
    }

    void Answer(HttpListenerContext context)
    {
        string name = Uri.UnescapeDataString(context.Request.Url!.AbsolutePath)[_path.Length..];
        string file = Path.GetFullPath(Path.Combine(_folder, name.Length == 0 ? "index.html" : name));
        using HttpListenerResponse response = context.Response;
        try
        {
            if (!file.StartsWith(_folder, StringComparison.Ordinal) || !File.Exists(file))
            {
                response.StatusCode = 404;
                return;
            }
            response.ContentType = s_types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream");
            response.AddHeader("Cache-Control", "max-age=600");
            if (File.Exists(file + ".br"))
            {
                response.AddHeader("Content-Encoding", "br");
                file += ".br";
            }
            byte[] content = File.ReadAllBytes(file);
            response.ContentLength64 = content.Length;
            Interlocked.Add(ref _bytes, content.Length);
            response.OutputStream.Write(content);
        }
        catch (Exception e) when (e is HttpListenerException or IOException)
        {
            // The browser left.
        }
    }

    public void Dispose() => _listener.Close();
}
