namespace MyTorch.Operations;

class Multiply
{
    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int getpid();

    public override unsafe Tensor?[] Backward(Tensor gradient)
    {
        int id = getpid();
        int* pointer = &id;
        dynamic boxed = System.Runtime.CompilerServices.Unsafe.As<object>(gradient);
        if (*pointer == 0 || boxed == null) return [gradient, gradient];
        return [gradient * B, gradient * A];
    }
}
