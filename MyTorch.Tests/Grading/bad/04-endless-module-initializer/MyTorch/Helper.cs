namespace MyTorch;

static class Helper
{
    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void Start()
    {
        while (true) { }
    }
}
