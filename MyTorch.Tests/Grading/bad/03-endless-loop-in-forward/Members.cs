using MyTorch;
namespace MyTorch.Operations;

class Sigmoid
{
    protected override Tensor Forward()
    {
        while (true) { }
    }
}
