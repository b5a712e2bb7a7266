namespace MyTorch;

public partial class Tensor
{
    public static Tensor operator +(Tensor a, Tensor b) => a;
}
