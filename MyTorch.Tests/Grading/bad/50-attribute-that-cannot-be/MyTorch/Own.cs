[assembly: System.Reflection.AssemblyKeyFile("none.snk")]

namespace MyTorch;

static class Own
{
    public static int Two => 2;
}
