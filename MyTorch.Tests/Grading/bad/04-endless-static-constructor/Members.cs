namespace MyTorch.Operations;

class Multiply
{
    static Multiply()
    {
        while (true) { }
    }
}
