namespace MyTorch;

public partial class Tensor
{
    public Shape Shape => null!;
}
