using System.Reflection;
using System.Text;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>Runs cases in this process.</summary>
/// <param name="probes">The assembly that holds the probes.</param>
/// <param name="root">The folder of the handout.</param>
/// <param name="bodies">The bodies to write, as "Linear.Backward": an exception is traced to the first of them.</param>
/// <param name="capture">Whether what is printed belongs to the answer; it takes the whole process's output for it.</param>
sealed class CaseRunner(Assembly probes, string root, IReadOnlyCollection<string> bodies, bool capture = false)
{
    const int MostPrinted = 1000;

    /// <summary>Runs one.</summary>
    public CaseAnswer Run(CaseRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int dot = request.Probe.LastIndexOf('.');
        MethodInfo method = probes.GetType(request.Probe[..dot])?.GetMethod(request.Probe[(dot + 1)..],
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic, [typeof(Probe)])
            ?? throw new InvalidOperationException($"There is no probe {request.Probe}; take the folder Check from the handout again.");
        var answer = new CaseAnswer();
        Exception? exception = null;
        if (capture)
            Console.SetOut(TextWriter.Synchronized(new LineWriter(line =>
            {
                if (answer.Printed.Count < MostPrinted) answer.Printed.Add(new Noted(line, answer.Returned.Count));
            })));
        // A separate thread: a scope left open does not reach the next case, and a deep recursion has stack.
        var thread = new Thread(() =>
        {
            try
            {
                var probe = new Probe(request.Seed, request.Single ? DType.Float32 : DType.Float64, answer.Returned.Add,
                    step => answer.Steps.Add(new Noted(step, answer.Returned.Count)),
                    input => answer.Given.Add(new GivenInput(input, answer.Returned.Count)), answer.Told.Add);
                method.CreateDelegate<Action<Probe>>()(probe);
            }
            catch (Exception thrown)
            {
                exception = thrown;
            }
        }, 16 << 20);
        thread.IsBackground = true;
        thread.Start();
        if (!thread.Join(TimeSpan.FromSeconds(request.Seconds)))
            return new CaseAnswer
            {
                TimedOut = true,
                Returned = [.. answer.Returned],
                Given = [.. answer.Given],
                Steps = [.. answer.Steps],
                Printed = [.. answer.Printed.Take(100)]
            };
        if (capture) Console.Out.Flush();
        if (exception is null) return answer;
        if (exception is NotImplementedException && CaseText.Question.IsMatch(exception.Message))
            return answer with { NotWritten = exception.Message };
        (string error, string? body) = Describe(exception);
        return answer with { Error = error, ErrorIn = body };
    }

    // A wrong body may pass on a value that makes given code throw: the first of the student's bodies in the stack trace is named.
    (string Error, string? Body) Describe(Exception exception)
    {
        string[] frames = (exception.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? own = frames.FirstOrDefault(frame => bodies.Any(body => IsIn(frame, body)));
        string folder = Path.Combine(root, "MyTorch") + Path.DirectorySeparatorChar;
        string? shown = own is not null && own.Contains(root, StringComparison.Ordinal) ? own
            : frames.FirstOrDefault(frame => frame.Contains(folder, StringComparison.Ordinal))
            ?? frames.FirstOrDefault(frame => frame.Contains(root, StringComparison.Ordinal));
        string place = shown is null || root.Length == 0
            ? ""
            : $" at {shown[(shown.IndexOf(root, StringComparison.Ordinal) + root.Length + 1)..].Replace('\\', '/')}";
        return ($"{exception.GetType().Name}{place}: {exception.Message}",
            own is null ? null : bodies.First(body => IsIn(own, body)));
    }

    /// <summary>Whether a line of a stack trace is in a body, or in a lambda or local function of it.</summary>
    /// <remarks>
    /// "at MyTorch.Operations.Linear.Backward(Tensor gradient) in …", of a lambda "Linear.&lt;Backward&gt;b__0" or
    /// "Linear.&lt;&gt;c.&lt;Backward&gt;b__0"; outside of a namespace "at Node.op_Addition(Node a, Node b)"; of a generic one "Scan[T](".
    /// </remarks>
    internal static bool IsIn(string frame, string body)
    {
        int dot = body.LastIndexOf('.');
        string type = body[..Math.Max(dot, 0)];
        foreach (string name in NamesOf(body[(dot + 1)..]))
        {
            if (Follows($"{type}.{name}", '(', '[') || Follows($"{type}.<{name}>", 'b', 'g', 'd')) return true;
            // In a class of the compiler's that keeps what a lambda captures.
            if (Follows($"{type}.<>c", '.', '_') && frame.Contains($"<{name}>", StringComparison.Ordinal)) return true;
        }
        return false;

        bool Follows(string text, params ReadOnlySpan<char> next)
        {
            for (int at = -1; (at = frame.IndexOf(text, at + 1, StringComparison.Ordinal)) >= 0;)
                if ((at == 0 || frame[at - 1] is '.' or ' ' or '+') && at + text.Length < frame.Length
                    && next.Contains(frame[at + text.Length])) return true;
            return false;
        }
    }

    // As the runtime calls it: an operator by its method's name.
    static IEnumerable<string> NamesOf(string name) => name switch
    {
        "operator+" => ["op_Addition", "op_UnaryPlus"],
        "operator-" => ["op_Subtraction", "op_UnaryNegation"],
        "operator*" => ["op_Multiply"],
        "operator/" => ["op_Division"],
        "operator%" => ["op_Modulus"],
        "operator<" => ["op_LessThan"],
        "operator>" => ["op_GreaterThan"],
        "operator<=" => ["op_LessThanOrEqual"],
        "operator>=" => ["op_GreaterThanOrEqual"],
        "operator==" => ["op_Equality"],
        "operator!=" => ["op_Inequality"],
        "operator!" => ["op_LogicalNot"],
        "this[]" => ["get_Item", "set_Item"],
        _ => [name, "get_" + name, "set_" + name],
    };
}

/// <summary>Passes on what is written, line by line.</summary>
sealed class LineWriter(Action<string> line) : TextWriter
{
    readonly StringBuilder _begun = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (value == '\n') End();
        else if (value != '\r') _begun.Append(value);
    }

    public override void Flush()
    {
        if (_begun.Length > 0) End();
    }

    void End()
    {
        line(_begun.ToString());
        _begun.Clear();
    }
}
