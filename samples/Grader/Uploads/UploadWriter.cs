using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Uploads;

/// <summary>
/// Makes what an instructor uploads to a platform: the grader as it runs here, the library's source, the assignment and the secret, and the
/// platform's own files around them. Everything that grading needs is in it; nothing is restored or downloaded when it runs.
/// </summary>
sealed class UploadWriter(AssignmentFolder folder, byte[]? secret)
{
    const string Handin = "handin.tar";
    static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    Assignment Assignment => folder.Assignment;

    // The version that the grader was tried with here.
    static string Runtime => Environment.Version.ToString(3);

    /// <summary>Writes the package for a platform into a folder and says what to do with it.</summary>
    /// <exception cref="SourceException">There is no secret where the platform needs one in the package.</exception>
    public string Write(string platform, string target)
    {
        Directory.CreateDirectory(target);
        string steps = platform switch
        {
            "autolab" => WriteAutolab(target),
            "gradescope" => WriteGradescope(target),
            _ => WriteGitHub(target),
        };
        File.WriteAllText(Path.Combine(target, "README.md"), steps);
        return steps;
    }

    string WriteAutolab(string target)
    {
        string name = string.Concat(Assignment.Id.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        byte[] autograde = Tar([.. Contents().Select(file => ("autograde/" + file.Path, file.Bytes, false))]);
        byte[] makefile = Text($"""
            # Autolab runs the first target here, beside autograde.tar and {Handin}, and shows what is printed as it comes. The last line must be
            # the scores: what fails before there are any says why, and nothing is printed after them.
            all:
            	@tar xf autograde.tar && rm -f autograde.tar
            	@cd autograde && dotnet exec grader/mytorch-grader.dll grade assignment ../{Handin} --format autolab --burn 2>../grader.err || cat ../grader.err

            """);
        byte[] settings = Text($"""
            ---
            general:
              name: {Quoted(name)}
              description: ''
              display_name: {Quoted(Assignment.Title)}
              category_name: Homework
              handin_filename: {Handin}
              handin_directory: handin
              max_grace_days: 0
              handout: ''
              writeup: ''
              max_submissions: -1
              disable_handins: false
              max_size: {Math.Max(2, Assignment.Limits.HandinMegabytes)}
              has_svn: false
            problems:
            {string.Join('\n', Assignment.Questions.Select(question => $"- name: {Quoted(AutolabReport.ProblemName(question.Id, question.Title))}\n  description: ''\n  max_score: {question.Points:0.0###}\n  optional: false"))}
            autograder:
              autograde_timeout: {Math.Clamp(Math.Ceiling(Assignment.Limits.TotalSeconds) + 60, 10, 900):0}
              autograde_image: mytorch
              release_score: true

            """);
        string module = char.ToUpperInvariant(name[0]) + name[1..];
        byte[] configuration = Text($$"""
            require "AssessmentBase.rb"

            module {{module}}
              include AssessmentBase

              def assessmentInitialize(course)
                super("{{name}}", course)
                @problems = []
              end
            end

            """);
        Save(target, "autograde.tar", autograde);
        Save(target, "autograde-Makefile", makefile);
        // An import looks for the one folder at the root before it looks into it.
        Save(target, name + ".tar", Tar([
            (name + "/", [], false), ($"{name}/{name}.yml", settings, false), ($"{name}/{name}.rb", configuration, false), ($"{name}/autograde.tar", autograde, false), ($"{name}/autograde-Makefile", makefile, false)]));
        Save(target, "Dockerfile", Text($"""
            # The image that Tango grades in: the .NET runtime on Ubuntu, make, and Autolab's autodriver, which calls pkill and find when it is done.
            FROM mcr.microsoft.com/dotnet/runtime:{Runtime}-noble
            RUN apt-get update \
             && apt-get install -y --no-install-recommends ca-certificates findutils gcc git libc6-dev make procps tar \
             && useradd --shell /bin/bash autolab && useradd --shell /bin/bash autograde \
             && mkdir -p /home/autolab /home/autograde /home/output \
             && chown autolab:autolab /home/autolab /home/output && chown autograde:autograde /home/autograde \
             && git clone --depth 1 https://github.com/autolab/Tango.git /tmp/Tango \
             && sed -i "s/sudo //g" /tmp/Tango/autodriver/Makefile && make -C /tmp/Tango/autodriver \
             && install -m 4755 /tmp/Tango/autodriver/autodriver /usr/bin/autodriver \
             && rm -rf /tmp/Tango && apt-get purge -y gcc git libc6-dev && apt-get autoremove -y && rm -rf /var/lib/apt/lists/*
            ENV DOTNET_CLI_HOME=/tmp DOTNET_NOLOGO=1
            WORKDIR /home

            """));
        return $"""
            # {Assignment.Title}: Autolab

            1. Build the image on the Tango machine: `docker build -t mytorch .`
            2. In your course choose Install Assessment, Import from tarball: `{name}.tar`. It brings the problems, their points, the time limit and the autograder.
            3. In the autograder's settings check the image, `mytorch`, and disable the network if your Autolab has the switch. Grading needs none.
            4. Students hand in `{Handin}`, which the handout's handin command makes. Hand in the handout as it is and the solution before they do: 0 and all points.

            To change the autograder of an assessment that is there already, upload `autograde.tar` and `autograde-Makefile`. The tarball holds the secret of the hidden cases: keep it to yourself.

            """;
    }

    string WriteGradescope(string target)
    {
        byte[] setup = Text($$"""
            #!/usr/bin/env bash
            # Run once, when the image is built; grading itself needs no network.
            set -e
            if ! dotnet --list-runtimes 2>/dev/null | grep -q 'Microsoft\.NETCore\.App {{Environment.Version.Major}}\.'; then
              apt-get update
              apt-get install -y --no-install-recommends ca-certificates curl libssl3 libstdc++6
              curl -fsSL --retry 3 https://dot.net/v1/dotnet-install.sh -o /tmp/dotnet-install.sh
              bash /tmp/dotnet-install.sh --runtime dotnet --version {{Runtime}} --install-dir /usr/share/dotnet
              ln -sf /usr/share/dotnet/dotnet /usr/local/bin/dotnet
              rm -rf /tmp/dotnet-install.sh /var/lib/apt/lists/*
            fi
            dotnet --list-runtimes

            """);
        byte[] run = Text("""
            #!/usr/bin/env bash
            # Run for every submission. Results are written anew after each question, so that a run that is cut short has some.
            root="${AUTOGRADER_ROOT:-/autograder}"
            mkdir -p "$root/results"
            cd "$root/source" || exit 1
            if [ ! -d assignment ]; then
              echo "This container has graded before, and then deletes its secret and the reference. Start a new one." >&2
              exit 1
            fi
            exec dotnet exec grader/mytorch-grader.dll grade assignment "$root/submission" --format gradescope \
              --metadata "$root/submission_metadata.json" --burn -o "$root/results/results.json"

            """);
        Save(target, "autograder.zip", Zip([("setup.sh", setup, true), ("run_autograder", run, true), .. Contents().Select(file => (file.Path, file.Bytes, false))]));
        return $"""
            # {Assignment.Title}: Gradescope

            1. Make a programming assignment of {Points(Assignment.Questions.Where(question => !question.Manual).Sum(question => question.Points))} autograder points{(Assignment.Questions.Any(question => question.Manual) ? ", with manual grading on top" : "")}.
            2. Under Configure Autograder upload `autograder.zip`, with the base image Ubuntu 22.04, and build it.
            3. Container: 1 CPU and 1.5 GB are comfortable, 0.5 and 0.75 GB enough. Timeout: {Math.Ceiling((Assignment.Limits.TotalSeconds + 60) / 60):0} minutes at least.
            4. Under Test Autograder hand in the handout as it is and the solution: 0 and all points.

            A container grades once: what it graded with is deleted before the student's code runs. The zip holds the secret of the hidden cases: keep it to yourself.

            """;
    }

    string WriteGitHub(string target)
    {
        string[] runners = [.. Assignment.Questions.Where(question => !question.Manual && question.Probe is not null).Select(question => GitHubReport.Runner(question.Id))];
        Save(target, ".github/workflows/classroom.yml", Text($$$"""
            # GitHub Classroom takes points from a workflow and a job of these names only.
            name: Autograding Tests
            on: [push, workflow_dispatch]
            permissions:
              actions: read
              contents: read
            jobs:
              run-autograding-tests:
                runs-on: ubuntu-latest
                timeout-minutes: {{{Math.Ceiling((Assignment.Limits.TotalSeconds + 180) / 60):0}}}
                steps:
                  # v4.2.2
                  - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
                    with:
                      persist-credentials: false
                  # v4.3.1
                  - uses: actions/setup-dotnet@67a3573c9a986a3f9c594539f4ab511d57bb3ce9
                    with:
                      dotnet-version: 10.0.x
                  - id: grade
                    name: Grade
                    env:
                      GRADER_SECRET: ${{ secrets.GRADER_SECRET }}
                    run: bash .github/classroom/grade.sh
                  - name: Report
                    if: always()
                    uses: classroom-resources/autograding-grading-reporter@v1
                    env:
            {{{string.Join('\n', runners.Select(runner => $"          {runner.ToUpperInvariant()}_RESULTS: ${{{{ steps.grade.outputs.{runner} }}}}"))}}}
                    with:
                      runners: {{{string.Join(',', runners)}}}

            """));
        Save(target, ".github/classroom/grade.sh", Text("""
            #!/usr/bin/env bash
            # Grades the repository that it runs in. What the graded code prints is kept from being taken for commands of the workflow.
            set -e -o pipefail
            work="$(mktemp -d)"
            trap 'rm -rf "$work"' EXIT
            tar xf .github/classroom/grader.tar -C "$work"
            if [ -n "$GRADER_SECRET" ]; then printf '%s' "$GRADER_SECRET" | base64 -d > "$work/assignment/secret"; fi
            # A grader that failed still writes a report, which says so; the step fails after it.
            env -u GRADER_SECRET -u GITHUB_ENV -u GITHUB_OUTPUT -u GITHUB_PATH -u GITHUB_STEP_SUMMARY DOTNET_NOLOGO=1 \
              dotnet exec "$work/grader/mytorch-grader.dll" grade "$work/assignment" . --format github --burn -o "$work/results.txt" | tee "$work/log.txt" || failed=$?
            cat "$work/results.txt" >> "$GITHUB_OUTPUT"
            # The page of the run shows the report as well, as plain text.
            if [ -n "$GITHUB_STEP_SUMMARY" ]; then sed -e '1d;$d' -e 's/^/    /' "$work/log.txt" >> "$GITHUB_STEP_SUMMARY"; fi
            exit "${failed:-0}"

            """), executable: true);
        Save(target, ".github/classroom/grader.tar", Tar([.. Contents(withSecret: false).Select(file => (file.Path, file.Bytes, false))]));
        return $"""
            # {Assignment.Title}: GitHub

            1. Copy the folder `.github` into the template repository, beside the handout.
            2. Set the secret that hidden cases derive from: `base64 -w0 secret | gh secret set GRADER_SECRET --org YOUR_CLASSROOM --visibility all`.
            3. In the assignment's settings protect the path `.github/**`, so that a change to it is flagged.

            Each push is graded. The report stands on the page of the workflow's run; the last step hands the points on to GitHub Classroom. Where
            Classroom is gone, delete that step: nothing else needs it.

            Whoever may push to a repository may also change its workflow, and so read the secret and write any points: what stands there is for
            students. For marks, clone the repositories after the deadline and grade them as a class, with another secret.
            The grader in the folder has no secret, but it has the reference: students can read it. It is this library, which is public anyway.

            """;
    }

    /// <summary>The grader, the library's source and the assignment, by their paths in a package.</summary>
    IEnumerable<(string Path, byte[] Bytes)> Contents(bool withSecret = true)
    {
        foreach (string file in GraderFiles()) yield return ("grader/" + Path.GetFileName(file), File.ReadAllBytes(file));
        string library = Path.Combine(folder.Root, "MyTorch");
        foreach (string file in Directory.EnumerateFiles(library, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string path = Path.GetRelativePath(library, file).Replace('\\', '/');
            if (!path.Split('/').Any(part => part is "bin" or "obj") && Path.GetExtension(path) is ".cs" or ".csproj") yield return ("MyTorch/" + path, File.ReadAllBytes(file));
        }
        foreach (string file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string path = Path.GetRelativePath(folder.Path, file).Replace('\\', '/');
            if (path.Split('/')[0] is "assignment.json" or "probes" or "mistakes" or "reference" || path.StartsWith("hints.", StringComparison.Ordinal)) yield return ("assignment/" + path, File.ReadAllBytes(file));
        }
        if (withSecret) yield return ("assignment/secret", secret ?? throw new SourceException(
            "Without a secret everybody can work out the hidden cases. Choose one: head -c 32 /dev/urandom > secret, then --secret secret. Keep it for regrades."));
    }

    // The folder of the running grader may hold other programs; what it needs itself stands in its list of dependencies.
    static IEnumerable<string> GraderFiles()
    {
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "mytorch-grader.deps.json")));
        string[] assemblies = [.. dependencies.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject())
            .Where(library => library.Value.TryGetProperty("runtime", out _)).SelectMany(library => library.Value.GetProperty("runtime").EnumerateObject()).Select(file => Path.GetFileName(file.Name))];
        return assemblies.Concat(["mytorch-grader.dll", "mytorch-grader.deps.json", "mytorch-grader.runtimeconfig.json"]).Distinct().Order(StringComparer.Ordinal).Select(file => Path.Combine(AppContext.BaseDirectory, file))
            .Select(file => File.Exists(file) ? file : throw new SourceException($"{Path.GetFileName(file)}, which the grader needs, is not beside it."));
    }

    static byte[] Tar(IReadOnlyList<(string Path, byte[] Bytes, bool Executable)> files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
            foreach ((string path, byte[] content, bool executable) in files)
                tar.WriteEntry(path.EndsWith('/')
                    ? new UstarTarEntry(TarEntryType.Directory, path) { ModificationTime = s_time, Mode = Mode(executable: true) }
                    : new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content), ModificationTime = s_time, Mode = Mode(executable) });
        return bytes.ToArray();
    }

    static byte[] Zip(IReadOnlyList<(string Path, byte[] Bytes, bool Executable)> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string path, byte[] content, bool executable) in files)
            {
                ZipArchiveEntry entry = zip.CreateEntry(path);
                entry.LastWriteTime = s_time;
                // A regular file of Unix, with its permissions.
                entry.ExternalAttributes = (Linux.S_IFREG | (int)Mode(executable)) << 16;
                using Stream stream = entry.Open();
                stream.Write(content);
            }
        return bytes.ToArray();
    }

    static UnixFileMode Mode(bool executable) =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead |
        (executable ? UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : 0);

    static void Save(string target, string path, byte[] bytes, bool executable = false)
    {
        string file = Path.Combine(target, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        if (executable && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, Mode(executable));
    }

    // The shells and the make of the platforms want line feeds, whatever this source has.
    static byte[] Text(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"));

    // A string of JSON is one of YAML.
    static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    static string Points(double points) => ReportText.Points(points);
}
